import Testing
import TextKit

@Suite struct WordsTests {
    @Test func `a text is cut at everything that is no letter or digit`() {
        #expect(
            Words.split("You're open at 9, Mrs. Müller - e-bike?") == [
                "youre", "open", "at", "9", "mrs", "müller", "e", "bike",
            ]
        )
        #expect(Words.split(" ... ") == [])
    }

    @Test(arguments: [
        ("repairs", "repair"), ("repaired", "repair"), ("repairing", "repair"), ("stopped", "stop"),
        ("batteries", "battery"), ("bicycles", "bicycl"), ("bicycle", "bicycl"), ("bring", "bring"), ("gas", "gas"),
        ("glass", "glass"), ("über", "über"),
    ])
    func `endings of grammar go, words stay apart`(word: String, stem: String) { #expect(word.stem == stem) }

    @Test func `synonyms count as one word and words of grammar not at all`() {
        let synonyms = Synonyms([["bicycle", "bike"]])
        #expect(synonyms.subjects(of: "Is my bike ready?") == ["bicycl", "ready"])
        #expect(synonyms.subjects(of: "the bicycles") == ["bicycl"])
        #expect(synonyms.subjects(of: "how are you") == ["how", "are", "you"])
    }

    @Test func `a hash is the same in every run`() {
        var hash = FeatureHash(1)
        hash.add("patchbay")
        #expect(hash.value == 0xc8979bc5b7612986)
        var other = FeatureHash(2)
        other.add("patchbay")
        #expect(hash.mixed != other.mixed)
    }
}
