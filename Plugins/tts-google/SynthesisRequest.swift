import JSONKit
import PluginKit

/// What every request of one call says beside its text.
struct SynthesisRequest: Sendable {
    let sampleRate: Int
    private let voice: JSON
    private let audio: JSON

    /// Bytes, not characters.
    private static let longestText = 5000

    /// `options` are those of the `tts` contract.
    init(_ options: JSON, _ settings: Settings) {
        sampleRate = Int(options["sample_rate"]?.int ?? 8000)
        let language = options["language"]?.string ?? "en-US"
        // An agent's voice may be meant for another plugin of the route, which has other names.
        let wanted = options["voice"]?.string.flatMap { Self.language(of: $0) == nil ? nil : $0 }
        let name = wanted ?? settings.voices[language]?.string
        // A name and a language that do not agree are refused.
        var voice: JSONObject = ["languageCode": .string(name.flatMap(Self.language) ?? language)]
        if let name { voice["name"] = .string(name) }
        self.voice = .object(voice)
        var audio = settings.audio
        audio["audioEncoding"] = .string(settings.encoding)
        audio["sampleRateHertz"] = .int(Int64(sampleRate))
        self.audio = .object(audio)
    }

    /// - Throws: `.invalid` for a text that Google would refuse.
    func body(_ text: String) throws(PluginProblem) -> [UInt8] {
        let count = text.utf8.count
        guard count <= Self.longestText else {
            throw PluginProblem(
                .invalid,
                "text: \(count) bytes in one sentence, Google takes \(Self.longestText); cut it"
            )
        }
        let json: JSON = ["input": ["text": .string(text)], "voice": voice, "audioConfig": audio]
        var bytes: [UInt8] = []
        json.write(into: &bytes)
        return bytes
    }

    /// The language in a name such as `en-US-Neural2-C` or `cmn-CN-Wavenet-A`; nil: no name of Google's.
    private static func language(of voice: String) -> String? {
        let parts = voice.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 3, (2...3).contains(parts[0].count), parts[0].allSatisfy({ $0.isLowercase && $0.isASCII }),
            (2...3).contains(parts[1].count), parts[1].allSatisfy({ ($0.isUppercase || $0.isNumber) && $0.isASCII })
        else { return nil }
        return "\(parts[0])-\(parts[1])"
    }
}
