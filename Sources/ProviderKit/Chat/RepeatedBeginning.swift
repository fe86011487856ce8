/// Leaves out the beginning of an answer where it repeats what the server was given as its beginning. Some do, some do not.
struct RepeatedBeginning: Sendable {
    private var expected: Substring
    private var held = ""

    init(_ text: String) { expected = text[...] }

    /// What of a piece is new. What may turn out to be a repetition is held back.
    mutating func pass(_ piece: String) -> String {
        guard !expected.isEmpty else { return piece }
        held += piece
        if held.hasPrefix(expected) {
            let rest = String(held.dropFirst(expected.count))
            (held, expected) = ("", "")
            return rest
        }
        guard !expected.hasPrefix(held) else { return "" }
        return finish()
    }

    /// The answer is over: what was held back was none.
    mutating func finish() -> String {
        defer { (held, expected) = ("", "") }
        return held
    }
}
