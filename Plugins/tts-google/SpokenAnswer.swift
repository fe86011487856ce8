import JSONKit
import PluginKit
import ProviderKit
import SoundKit

/// Reads an answer while it comes: JSON, in it base64, in it a WAV file, in it samples.
///
/// Unchecked: the host calls a request's receiver on one loop, one call at a time.
final class SpokenAnswer: HTTPReceiver, @unchecked Sendable {
    private let host: Host
    private let requests: Requests
    private let item: UInt64
    private let sampleRate: Int
    private let secret: String

    private var status = 0
    private var headers: [(name: String, value: String)] = []
    /// The beginning, for errors.
    private var beginning: [UInt8] = []
    private var length = 0
    private var member = StringMember("audioContent")
    private var base64 = Base64Decoder()
    private var wave = WAVStream()
    private var isOver = false

    private static let longestError = 1 << 16
    /// The longest sentence makes a fourth of it, as LINEAR16 at 48 kHz.
    private static let longest = 128 << 20

    init(_ host: Host, _ requests: Requests, item: UInt64, sampleRate: Int, secret: String) {
        (self.host, self.requests, self.item, self.sampleRate, self.secret) = (host, requests, item, sampleRate, secret)
    }

    func head(status: Int, headers: [(name: String, value: String)]) { (self.status, self.headers) = (status, headers) }

    func body(_ bytes: UnsafeRawBufferPointer) {
        guard !isOver else { return }
        beginning += bytes.prefix(Self.longestError - beginning.count)
        length += bytes.count
        if length > Self.longest {
            fail(PluginProblem(.malformed, "an answer of more than \(Self.longest >> 20) MB"))
        } else if status == 200 {
            play(member.feed(bytes))
        }
    }

    func done(_ problem: PluginProblem?) {
        guard !isOver else { return }
        if let problem { return fail(problem) }
        guard status == 200 else {
            return fail(Refusal.problem(status: status, headers: headers, body: beginning, host: host))
        }
        guard member.isOver else {
            let isJSON = beginning.first { !Character(UnicodeScalar($0)).isWhitespace } == UInt8(ascii: "{")
            let text = isJSON ? "the answer ended in the middle" : "an answer that is no JSON; is base_url right?"
            return fail(PluginProblem(isJSON ? .unavailable : .malformed, text, isRetryable: true))
        }
        var rest: [UInt8] = []
        guard base64.finish(to: &rest) else { return fail(PluginProblem(.malformed, "audioContent is no base64")) }
        play(samplesOf: rest)
        if isOver { return }
        // Empty bytes are left out of such answers altogether.
        guard wave.count > 0 else { return fail(PluginProblem(.malformed, "the answer has no audio (audioContent)")) }
        isOver = true
        requests.complete(item: item)
    }

    private func play(_ text: [UInt8]) {
        var bytes: [UInt8] = []
        guard text.withUnsafeBytes({ base64.append($0, to: &bytes) }) else {
            return fail(PluginProblem(.malformed, "audioContent is no base64"))
        }
        play(samplesOf: bytes)
    }

    private func play(samplesOf bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        do throws(WAVProblem) {
            let result = bytes.withUnsafeBytes { bytes in Result { () throws(WAVProblem) in try wave.feed(bytes) } }
            let samples = try result.get()
            guard !samples.isEmpty else { return }
            guard let format = wave.format, format.channels == 1, format.sampleRate == sampleRate else {
                let got = wave.format.map { "\($0.channels) channels at \($0.sampleRate) Hz" } ?? "unknown"
                return fail(PluginProblem(.malformed, "audio: \(got), 1 at \(sampleRate) Hz was asked for"))
            }
            requests.emit(item: item) { $0.emit(audio: samples, item: item) }
        } catch { fail(PluginProblem(.malformed, "audioContent is no WAV file: \(error)")) }
    }

    private func fail(_ problem: PluginProblem) {
        isOver = true
        let problem = problem.striking(out: secret)
        requests.gate.emit { $0.fail(problem) }
    }
}
