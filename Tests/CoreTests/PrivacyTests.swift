import Glibc
import JSONKit
import Testing

@testable import Core

/// What an erasure leaves of events.
@Suite struct PrivacyTests {
    private static let repository = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    private func document() throws -> String {
        let file = try #require(fopen("\(Self.repository)/docs/EVENTS.md", "r"))
        defer { fclose(file) }
        var text = [UInt8](repeating: 0, count: 200_000)
        return String(decoding: text[0..<fread(&text, 1, text.count, file)], as: UTF8.self)
    }

    /// What stands between the marks of code.
    private func codes(_ text: Substring) -> [String] {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }.map {
            String($0.element)
        }
    }

    @Test func `the document says of every topic what stays, as the code does`() throws {
        let text = try document()
        let start = try #require(text.firstRange(of: "## What is personal")).upperBound
        var told: [String: [String]?] = [:]
        for line in text[start...].split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|")
            for topic in codes(cells[0]) { told[topic] = codes(cells[1]) }
        }
        let rest = try #require(text.firstRange(of: "Never about a person: ")).upperBound
        for topic in codes(text[rest...]) { told[topic] = .some(nil) }
        for topic in Topic.allCases { #expect(told[topic.rawValue] == .some(topic.impersonal), "\(topic.rawValue)") }
        #expect(told.count == Topic.allCases.count)
    }

    @Test(arguments: Topic.allCases)
    func `nothing but what is known to be harmless is left of an event of any topic`(topic: Topic) throws {
        let secret = "+4915550100 said quartz"
        let kept = topic.impersonal ?? []
        var data = JSONObject()
        for name in kept { data[name] = topic.isOpen ? "calm" : "stays" }
        let personal: [(String, JSON)] = [
            ("text", .string(secret)), ("transcript", [["who": "caller", "text": .string(secret)]]),
            ("anything", ["new": .string(secret)]), ("phone", 4_915_550_100), ("is_ill", true),
        ]
        for (name, value) in personal { data[name] = value }
        let erased = Event.erased(.object(data), topic)
        guard topic.impersonal != nil else {
            #expect(erased == .object(data), "\(topic.rawValue) is never about a person")
            return
        }
        #expect(!erased.description.contains("quartz") && !erased.description.contains("4915550100"))
        for name in kept { #expect(erased[name] == data[name]) }
        #expect(erased["erased"] == true && erased["is_ill"]?.bool == nil)
        #expect(Event.erased(erased, topic) == erased, "a second time changes nothing")
        let event = Event(topic, key: "call_1", data: erased)
        #expect(event.isErased)
    }

    @Test func `what others append stays only where it is a plain word or a number`() {
        let data: JSON = [
            "sentiment": ["label": "positive", "quote": "I am Jo"], "resolution": "resolved", "by": "Jo Smith",
            "rules": 3, "Jo Smith": 1,
        ]
        #expect(Event.erased(data, .callReviewed) == ["resolution": "resolved", "rules": 3, "erased": true])
    }

    @Test func `an event of a topic that this host does not know keeps nothing`() {
        #expect(Event.erased(["n": 7, "text": "quartz"], nil) == ["n": .null, "text": "", "erased": true])
    }
}
