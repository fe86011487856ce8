import JSONKit

/// What every request of one call says before and after its audio.
struct RecognitionRequest: Sendable {
    let sampleRate: Int
    let opening: [UInt8]

    static let ending = Array("\"}}".utf8)

    /// What Google accepts: so many phrases, of so many characters each and all together.
    private static let mostPhrases = 5000
    private static let longestPhrase = 100
    private static let longestPhrases = 100_000

    /// `options` are those of the `asr` contract.
    init(_ options: JSON, _ settings: Settings) {
        sampleRate = Int(options["sample_rate"]?.int ?? 8000)
        let language = options["language"]?.string ?? "en-US"
        var config: JSONObject = [
            "encoding": .string(settings.coding.rawValue), "sampleRateHertz": .int(Int64(sampleRate)),
            "languageCode": .string(settings.languages[language]?.string ?? language),
            "enableAutomaticPunctuation": .bool(settings.punctuates),
        ]
        if !settings.model.isEmpty { config["model"] = .string(settings.model) }
        if settings.isEnhanced { config["useEnhanced"] = true }
        if settings.filtersProfanity { config["profanityFilter"] = true }
        let phrases = Self.phrases(settings.phrases + (options["phrases"]?.array ?? []).compactMap(\.string))
        if !phrases.isEmpty {
            var context: JSONObject = ["phrases": .array(phrases.map { .string($0) })]
            if let boost = settings.boost { context["boost"] = .double(boost) }
            config["speechContexts"] = [.object(context)]
        }
        for (key, value) in settings.extra { config[key] = value }
        opening = Array("{\"config\":\(JSON.object(config)),\"audio\":{\"content\":\"".utf8)
    }

    /// Each once, without those that would make Google refuse the request.
    private static func phrases(_ all: [String]) -> [String] {
        var seen: Set<String> = []
        var room = longestPhrases
        return all.filter { phrase in
            guard !phrase.isEmpty, phrase.count <= longestPhrase, phrase.count <= room, seen.count < mostPhrases,
                seen.insert(phrase).inserted
            else { return false }
            room -= phrase.count
            return true
        }
    }
}
