import ProviderKit
import Testing

@Suite struct StringMemberTests {
    /// What is found in a text that comes in pieces of `size` bytes.
    private func read(_ text: String, by size: Int = 1000) -> (found: String, member: StringMember) {
        var member = StringMember("audio")
        var found: [UInt8] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            found += Array(bytes[start..<min(start + size, bytes.count)]).withUnsafeBytes { member.feed($0) }
        }
        return (String(decoding: found, as: UTF8.self), member)
    }

    @Test(arguments: [1, 2, 3, 5, 1000])
    func `the member is found among others, however the bytes are cut`(size: Int) {
        let text =
            #"{ "a" : [ {"audio":"x"}, "audio" ], "b\"": "audio", "audio" : "Uk\/lG\u003d\u00e4\n\\" , "c":{"d":"}"}} "#
        let (found, member) = read(text, by: size)
        #expect(found == "Uk/lG=ä\n\\")
        #expect(member.isComplete)
        #expect(member.isOver)
    }

    @Test func `what has come of an answer that breaks off is there, and it is not complete`() {
        let (found, member) = read(#"{"audio":"UklG"#)
        #expect(found == "UklG")
        #expect(!member.isComplete)
        #expect(!member.isOver)
        #expect(!read(#"{"audio":"UklG""#).member.isOver)
    }

    @Test(arguments: [
        "{}", #"{"audio":null}"#, #"{"other":"audio"}"#, #"["audio","x"]"#, "<html>\"audio\": \"x\"</html>", "",
    ])
    func `without the member nothing is found`(text: String) {
        let (found, member) = read(text)
        #expect(found.isEmpty)
        #expect(!member.isComplete)
    }

    @Test func `only the first of two counts, and nothing after the object`() {
        #expect(read(#"{"audio":"one","audio":"two"}{"audio":"three"}"#).found == "one")
    }
}
