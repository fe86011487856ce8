import Core
import Glibc
import JSONKit
import PluginHost
import Testing

/// Swift plugins: two builds of one module with different layouts, side by side in a debug build, where the traps are.
@Suite struct LayoutTests {
    /// Same module, same names; the second build's types are larger, and more of them.
    private static let source = """
        import JSONKit
        import PluginAPI
        import PluginKit

        protocol Answering { var answer: String { get } }
        struct Mood: Answering, Hashable {
            #if TWO
            var extra = [1, 2, 3]
            var name = "two"
            var weight = 2.5
            #else
            var name = "one"
            #endif
            var answer: String { name }
        }
        final class Parrot: Plugin {
            static let manifest = Manifest(name: "intent-parrot", kind: "intent", version: "1")
            let greeting: String
            init(host: Host, config: JSON) throws(PluginProblem) { greeting = config["greeting"]?.string ?? "" }
            func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream { Voice(greeting, sink) }
        }
        final class Voice: PluginStream {
            #if TWO
            var seen: [Mood: Int] = [:]
            #endif
            let greeting: String
            let sink: Sink
            var moods: [Mood] = []
            init(_ greeting: String, _ sink: Sink) { (self.greeting, self.sink) = (greeting, sink) }
            func push(_ frame: borrowing Frame) throws(PluginProblem) {
                moods.append(Mood())
                #if TWO
                seen[Mood(), default: 0] += 1
                #endif
                let told = moods.compactMap { ($0 as Any) as? any Answering }.map(\\.answer)
                sink.emit(text: greeting + told.joined(separator: ","), item: frame.item)
                sink.done(item: frame.item)
            }
            func cancel(item: UInt64) {}
            func close() {}
        }
        @c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(Parrot.self) }
        """

    private func build(_ workshop: Workshop, _ symbol: String) throws -> String {
        let path = "\(workshop.folder)/Sample.swift"
        let file = fopen(path, "w")
        fputs(Self.source, file)
        fclose(file)
        return try workshop.build(swift: path, symbol, defining: symbol)
    }

    @Test func `two generations of one Swift module with different layouts each run their own code`() throws {
        let workshop = try Workshop()
        try workshop.registry.load(path: try build(workshop, "ONE"))
        let old = try Conversation(workshop, "intent-parrot")
        old.push("?", item: 1)
        try workshop.registry.swap("intent-parrot", path: try build(workshop, "TWO"))
        let new = try Conversation(workshop, "intent-parrot")
        for item: UInt64 in 1...3 { new.push("?", item: item) }
        for item: UInt64 in 2...3 { old.push("?", item: item) }
        #expect(old.all.filter { if case .text = $0 { true } else { false } }.last == .text("one,one,one"))
        #expect(new.all.filter { if case .text = $0 { true } else { false } }.last == .text("two,two,two"))
        old.close()
        new.close()
        // The host goes on casting and printing its own types after the first generation is gone.
        for _ in 0..<400 where !workshop.events.has(.pluginRetired) { usleep(5000) }
        #expect(((["a": 1] as [String: Any])["a"] as? any CustomStringConvertible)?.description == "1")
    }

    @Test func `another configuration is another instance of the same code`() throws {
        let workshop = try Workshop()
        let path = try build(workshop, "ONE")
        try workshop.registry.load(path: path)
        // The file is another by now; only the configuration was asked to change.
        unlink(path)
        try workshop.registry.swap("intent-parrot", config: ["greeting": "hello "])
        let conversation = try Conversation(workshop, "intent-parrot")
        conversation.push("?", item: 1)
        #expect(conversation.all == [.text("hello one"), .done(1)])
        #expect(throws: PluginError.self) { try workshop.registry.swap("intent-parrot") }
    }

    @Test func `the Swift example of the guide builds, loads and shouts`() throws {
        let workshop = try Workshop()
        let path = try workshop.build(swift: Workshop.file("examples/plugin-swift/Shout.swift"), "shout")
        try workshop.registry.load(path: path, config: ["mark": "?!"])
        let conversation = try Conversation(workshop, "llm-shout", interface: "patchbay.llm/1")
        conversation.push(json: ["messages": [["role": "user", "content": "hello"]]], item: 1)
        #expect(conversation.all == [.text("HELLO?!"), .done(1)])
        #expect(throws: PluginError.self) { try workshop.registry.swap("llm-shout", config: ["mark": "????"]) }
    }
}
