/// What listeners say while they go on listening: no reason for the agent to stop.
struct Backchannels: Sendable {
    private let words: Set<String>

    /// `own`: the document's words instead of the language's.
    init(language: String, own: [String]?) {
        let known = Self.known[String(language.prefix { $0 != "-" }).lowercased()] ?? Self.sounds
        words = Set((own ?? Array(known)).map(Completeness.normalised))
    }

    /// For recognition, which should expect them.
    var phrases: [String] { words.sorted() }

    /// Whether there is nothing in it but listening; nothing at all counts too.
    func contains(_ text: String) -> Bool {
        let plain = Completeness.normalised(text)
        return words.contains(plain) || plain.split(separator: " ").allSatisfy { words.contains(String($0)) }
    }

    private static let sounds: Set<String> = [
        "mhm", "mm", "mmm", "hm", "hmm", "uh huh", "uh", "huh", "um", "ah", "oh", "aha",
    ]

    private static let known: [String: Set<String>] = [
        "en": sounds.union([
            "yeah", "yes", "yep", "yup", "right", "okay", "ok", "sure", "i see", "got it", "alright", "all right",
            "cool",
            "really", "great", "fine", "good", "mm hmm", "of course",
        ]),
        "de": sounds.union([
            "ja", "genau", "okay", "ok", "gut", "klar", "ach so", "aha", "stimmt", "richtig", "ja ja", "verstehe",
        ]),
        "fr": sounds.union(["oui", "ouais", "d'accord", "ok", "bien", "bien sûr", "je vois", "voilà", "ah bon"]),
        "es": sounds.union(["sí", "si", "vale", "ya", "claro", "bueno", "ok", "entiendo", "ajá"]),
    ]
}
