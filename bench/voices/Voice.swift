import Core
import Glibc
import IO
import JSONKit
import PluginHost

/// Speaks texts in the voices of the synthesis plugin as it is built.
public final class Voice: Sendable {
    private let loop: PollLoop
    private let registry: Registry
    private let folder: String

    public static let names = ["slt", "rms", "awb", "kal16", "kal"]

    /// `libraries`: where the plugins are.
    public init(libraries: String) throws {
        Log.configure { $0.level = .error }
        var template = Array("/tmp/patchbay-voices-XXXXXX".utf8CString)
        folder = String(cString: mkdtemp(&template))
        loop = try PollLoop(name: "studio")
        loop.start()
        let host = HostServices(loop: loop, http: HTTPClient(loop: loop), secretsFolder: folder)
        registry = Registry(folder: folder, host: host) { _ in }
        for voice in Self.names {
            try registry.load(path: "\(libraries)/libtts-flite.so", name: voice, config: ["voice": .string(voice)])
        }
    }

    deinit {
        loop.stop()
        _ = system("rm -rf '\(folder)'")
    }

    /// A text as 8 kHz audio.
    public func say(_ text: String, _ voice: String) async throws(VoiceFailure) -> [Int16] {
        let (loop, registry) = (loop, registry)
        let samples: [Int16]? = await withCheckedContinuation { continuation in
            loop.perform {
                let listener = Listener { continuation.resume(returning: $0) }
                do {
                    let stream = try Stream(
                        registry.lease(voice),
                        interface: "patchbay.tts/1",
                        options: ["sample_rate": 8000, "language": "en-US"],
                        loop: loop,
                        receiver: listener
                    )
                    listener.stream = stream
                    try stream.push(text: text, item: 1)
                    try stream.done(item: 1)
                } catch { listener.finish(nil) }
            }
        }
        guard let samples, !samples.isEmpty else { throw VoiceFailure("\(voice) did not say: \(text)") }
        return samples
    }
}

/// Collects one sentence. Confined to the studio's loop.
private final class Listener: StreamReceiver {
    var stream: Stream?
    private var samples: [Int16] = []
    private var onEnd: (([Int16]?) -> Void)?

    init(_ onEnd: @escaping ([Int16]?) -> Void) { self.onEnd = onEnd }

    func received(_ frame: borrowing Frame, from stream: Stream) {
        if frame.kind == .audio {
            frame.withAudio { span in for index in span.indices { samples.append(span[index]) } }
        } else if frame.kind == .done {
            finish(samples)
        }
    }

    func failed(_ failure: PluginFailure, from stream: Stream) { finish(nil) }

    func finish(_ result: [Int16]?) {
        onEnd?(result)
        onEnd = nil
        stream?.close()
        stream = nil
    }
}

/// Why nothing was said.
public struct VoiceFailure: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
