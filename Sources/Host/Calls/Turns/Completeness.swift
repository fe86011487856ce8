/// Whether what was understood so far reads like a whole utterance: how long the caller's silence has to be depends on it.
///
/// Deterministic: by the last words, by the sentences the agent's document gives as examples, and by short answers. Where
/// the language is not known, only punctuation and the examples tell.
struct Completeness: Sendable {
    enum Verdict: Equatable { case complete, open, unfinished }

    private let examples: Set<String>
    private let answers: Set<String>
    private let hanging: Set<String>
    private let phrases: [String]

    init(language: String, examples: [String]) {
        self.examples = Set(examples.map(Self.normalised))
        let words = Self.words[String(language.prefix { $0 != "-" }).lowercased()]
        answers = words?.answers ?? []
        hanging = words?.hanging ?? []
        phrases = words?.phrases ?? []
    }

    func judge(_ text: String) -> Verdict {
        let plain = Self.normalised(text)
        guard let last = plain.split(separator: " ").last else { return .open }
        if examples.contains(plain) || answers.contains(plain) { return .complete }
        if hanging.contains(String(last)) || phrases.contains(where: { plain.hasSuffix($0) }) { return .unfinished }
        let trimmed = text.last { !$0.isWhitespace }
        if trimmed == "?" || trimmed == "!" || trimmed == "." { return .complete }
        return trimmed == "," ? .unfinished : .open
    }

    /// Lower case, letters and digits and apostrophes only, single spaces: what two recognisers may differ in is gone.
    static func normalised(_ text: String) -> String {
        text.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "'" || $0 == "’") }.joined(separator: " ")
    }

    private struct Words {
        /// Whole answers.
        let answers: Set<String>
        /// Nobody stops after these.
        let hanging: Set<String>
        /// Nor after these.
        let phrases: [String]
    }

    private static let words: [String: Words] = [
        "en": Words(
            answers: [
                "yes", "yes please", "yeah", "yep", "no", "no thanks", "no thank you", "nope", "okay", "sure",
                "correct",
                "that's right", "that is right", "that's all", "that is all", "thank you", "thanks", "goodbye", "bye",
                "bye bye", "thank you goodbye", "hello", "hi", "of course", "not really", "i don't know",
            ],
            hanging: [
                "a", "about", "and", "an", "are", "as", "at", "because", "but", "by", "can", "could", "do", "does",
                "er",
                "erm", "for", "from", "has", "have", "how", "i'd", "i'll", "i'm", "if", "in", "is", "my", "of", "or",
                "our", "so", "than", "that's", "the", "their", "to", "uh", "um", "until", "very", "was", "were", "what",
                "when", "where", "which", "who", "whose", "why", "will", "with", "would", "your",
            ],
            phrases: [
                " my name is", " i would like", " i want", " i need", " let me see", " let me think", " how much does",
                " you know",
            ]
        ),
        "de": Words(
            answers: [
                "ja", "ja bitte", "ja genau", "genau", "nein", "nein danke", "nee", "okay", "gerne", "richtig", "danke",
                "vielen dank", "das ist alles", "das wäre alles", "tschüss", "auf wiederhören", "hallo", "natürlich",
            ],
            hanging: [
                "aber", "am", "an", "auf", "aus", "bei", "bis", "das", "dass", "dem", "den", "der", "des", "die", "ein",
                "eine", "einen", "einer", "für", "hat", "ich", "im", "in", "ist", "mein", "meine", "mit", "nach",
                "oder",
                "äh", "ähm", "sehr", "sind", "und", "um", "unser", "von", "vom", "warum", "weil", "wenn", "wie", "wird",
                "zu", "zum", "zur",
            ],
            phrases: [" ich möchte", " ich hätte gern", " mein name ist", " ich heiße", " moment mal"]
        ),
        "fr": Words(
            answers: [
                "oui", "non", "non merci", "oui merci", "d'accord", "merci", "au revoir", "bonjour", "c'est tout",
            ],
            hanging: [
                "à", "au", "aux", "avec", "car", "ce", "c'est", "dans", "de", "des", "du", "donc", "elle", "en", "est",
                "et", "euh", "il", "je", "la", "le", "les", "ma", "mais", "mon", "ou", "par", "pour", "que", "qui",
                "si",
                "sur", "un", "une",
            ],
            phrases: [" je voudrais", " je m'appelle", " j'aimerais"]
        ),
        "es": Words(
            answers: [
                "sí", "si", "no", "no gracias", "sí por favor", "vale", "gracias", "adiós", "hola", "eso es todo",
            ],
            hanging: [
                "a", "al", "con", "de", "del", "el", "en", "eh", "es", "la", "las", "los", "mi", "o", "para", "pero",
                "por", "porque", "que", "si", "son", "su", "un", "una", "y", "yo",
            ],
            phrases: [" quisiera", " me gustaría", " me llamo", " mi nombre es"]
        ),
    ]
}
