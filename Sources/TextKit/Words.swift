/// Cuts a text into words, the same way for everything that compares texts.
public enum Words {
    /// The words in lower case, without punctuation. "You're" is one word, `youre`; "e-bike" is two.
    public static func split(_ text: String) -> [String] {
        var words: [String] = []
        var word = String.UnicodeScalarView()
        func finish() {
            if !word.isEmpty { words.append(String(word)) }
            word = String.UnicodeScalarView()
        }
        for scalar in text.lowercased().unicodeScalars {
            if isPart(scalar) {
                word.append(scalar)
            } else if scalar != "'" && scalar != "\u{2019}" {
                finish()
            }
        }
        finish()
        return words
    }

    private static func isPart(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) }
        let properties = scalar.properties
        return properties.isAlphabetic || properties.numericType != nil || properties.generalCategory == .nonspacingMark
    }

    /// Words of grammar: they say little about what a sentence is about.
    public static let ofGrammar: Set<String> = Set(
        split(
            """
            a an the this that these those i im ive ill id me my mine we us our you youre your yours he she it its
            they them their is am are was were be been being do does did doing have has had having can could will
            would shall should may might must of in on at to from by for with about into over as and or but if then
            so than too very just there here what which who whom whose when where why how not no yes please hi hello
            well oh uh um er also any some
            """
        )
    )
}
