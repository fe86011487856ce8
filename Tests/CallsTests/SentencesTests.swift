import Testing

@testable import Calls

@Suite struct SentencesTests {
    /// Feeds a text character by character and returns the sentences.
    private func cut(_ text: String) -> [String] {
        var sentences = Sentences()
        var result: [String] = []
        for character in text { result += sentences.append(String(character)) }
        if let rest = sentences.finish() { result.append(rest) }
        return result
    }

    @Test func `sentences end at their punctuation`() {
        #expect(cut("Yes. We are open! Are you coming? Fine") == ["Yes.", "We are open!", "Are you coming?", "Fine"])
    }

    @Test func `a sentence is given out as soon as the space behind it has come`() {
        var sentences = Sentences()
        #expect(sentences.append("We are open.") == [])
        #expect(sentences.append(" Do") == ["We are open."])
        #expect(sentences.append(" come") == [])
        #expect(sentences.finish() == "Do come")
        #expect(sentences.finish() == nil)
    }

    @Test func `numbers and addresses are not cut`() {
        #expect(
            cut("It costs 85.50 pounds. See larkspur.example for more.") == [
                "It costs 85.50 pounds.", "See larkspur.example for more.",
            ]
        )
    }

    @Test func `abbreviations and initials are not ends`() {
        #expect(cut("Ask Mr. Smith or Dr. J. Brown. Thanks.") == ["Ask Mr. Smith or Dr. J. Brown.", "Thanks."])
        #expect(cut("We open at 9 a.m. on Monday. Bye.") == ["We open at 9 a.m. on Monday.", "Bye."])
        #expect(cut("We open at 9 a.m. The door is left.") == ["We open at 9 a.m.", "The door is left."])
        #expect(cut("It was I. Then you.") == ["It was I.", "Then you."])
    }

    @Test func `quotes and brackets stay with their sentence`() {
        #expect(cut("He said \"Come in.\" Then he left.") == ["He said \"Come in.\"", "Then he left."])
        #expect(cut("Really?! Yes...  Well.") == ["Really?!", "Yes...", "Well."])
    }

    @Test func `a long first sentence is cut at a clause, later ones are not`() {
        let first = "A full service covers the brakes, the gears and the wheel bearings, and it takes two days. "
        let second = "A full service covers the brakes, the gears and the wheel bearings, and it takes two days."
        #expect(
            cut(first + second) == [
                "A full service covers the brakes, the gears and the wheel bearings,", "and it takes two days.", second,
            ]
        )
    }

    @Test func `a text without punctuation is cut at a space before it is too long`() {
        let sentences = cut(String(repeating: "word ", count: 100))
        #expect(sentences.count == 2)
        #expect(sentences.allSatisfy { $0.count <= Sentences.longest })
        #expect(sentences.joined(separator: " ").split(separator: " ").count == 100)
    }

    @Test func `line breaks and marks of lists end and clean up`() {
        #expect(cut("First line\n\n**Second** line") == ["First line", "Second line"])
    }

    @Test func `what has no words is not spoken`() {
        #expect(cut("... \n - ") == [])
        #expect(cut("") == [])
    }

    @Test func `other scripts end where they end`() {
        #expect(cut("こんにちは。お元気ですか？はい") == ["こんにちは。", "お元気ですか？", "はい"])
        #expect(cut("Größe? Ja. Café…  Gut.") == ["Größe?", "Ja.", "Café…", "Gut."])
    }
}
