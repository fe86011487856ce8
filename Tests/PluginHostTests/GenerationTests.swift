import Core
import Glibc
import JSONKit
import PluginHost
import Testing

/// What becomes of code: brought back, kept, unmapped.
@Suite struct GenerationTests {
    private func answer(_ workshop: Workshop) throws -> Conversation.Heard? {
        let conversation = try Conversation(workshop)
        defer { conversation.close() }
        conversation.push("?", item: 1)
        return conversation.all.first
    }

    @Test func `going back brings back the code as it was, whatever lies at its path now`() throws {
        let workshop = try Workshop()
        let path = try workshop.build("parrot", Workshop.parrot("one"))
        try workshop.registry.load(path: path)
        _ = try workshop.build("parrot", Workshop.parrot("two"))
        try workshop.registry.swap("parrot", path: path)
        unlink(path)
        try workshop.registry.swap("parrot", generation: 1)
        #expect(try answer(workshop) == .text("one"))
        try workshop.registry.swap("parrot", generation: 2)
        #expect(try answer(workshop) == .text("two"))
        #expect(throws: PluginError.unknownGeneration(name: "parrot", generation: 9)) {
            try workshop.registry.swap("parrot", generation: 9)
        }
    }

    @Test func `code that may be unmapped is, once its last stream is closed`() throws {
        let workshop = try Workshop()
        let path = try workshop.build("parrot", Workshop.parrot("one", flags: "PB_PLUGIN_UNLOADABLE"))
        try workshop.registry.load(path: path)
        let conversation = try Conversation(workshop)
        #expect(Self.mappings(workshop) > 0)
        try workshop.registry.unload("parrot", drain: .seconds(60))
        conversation.push("?", item: 1)
        #expect(conversation.all.first == .text("one"))
        #expect(Self.mappings(workshop) > 0)
        conversation.close()
        for _ in 0..<400 where Self.mappings(workshop) > 0 { usleep(5000) }
        #expect(Self.mappings(workshop) == 0)
    }

    @Test func `streams of older generations keep a plugin from being unloaded, and are ended with it`() throws {
        let workshop = try Workshop()
        let path = try workshop.build("parrot", Workshop.parrot("one"))
        try workshop.registry.load(path: path)
        let old = try Conversation(workshop)
        try workshop.registry.swap("parrot", path: path)
        #expect(throws: PluginError.inUse(name: "parrot", streams: 1)) { try workshop.registry.unload("parrot") }
        try workshop.registry.unload("parrot", drain: .zero)
        #expect(old.wait { !$0.isEmpty } == [.failed(.superseded)])
    }

    @Test func `three hundred exchanges leave nothing behind`() throws {
        let workshop = try Workshop()
        let source = Workshop.parrot("one", flags: "PB_PLUGIN_UNLOADABLE")
        let paths = [try workshop.build("a", source), try workshop.build("b", source)]
        try workshop.registry.load(path: paths[0])
        for number in 1...300 { try workshop.registry.swap("parrot", path: paths[number % 2]) }
        for _ in 0..<400 where Self.mappings(workshop) > 8 { usleep(5000) }
        #expect(Self.mappings(workshop) <= 8)
        #expect(try workshop.registry.info("parrot").generation == 301)
    }

    @Test(arguments: [40, 32, 58, 60, 62, 24])
    func `a damaged library is refused, whichever of its header's numbers is wrong`(offset: Int) throws {
        let workshop = try Workshop()
        let path = try workshop.build("parrot", Workshop.parrot("one"))
        let file = fopen(path, "r+")
        fseek(file, offset, SEEK_SET)
        fwrite([UInt8](repeating: 0xFF, count: 8), 1, offset < 58 ? 8 : 2, file)
        fclose(file)
        // The entry address (24) means nothing in a library; all else does.
        if offset == 24 { return try #require(try workshop.registry.load(path: path).generation == 1) }
        #expect(throws: PluginError.self) { try workshop.registry.load(path: path) }
    }

    /// Lines of this process's map that are of the workshop's private copies.
    private static func mappings(_ workshop: Workshop) -> Int {
        guard let maps = fopen("/proc/self/maps", "r") else { return -1 }
        defer { fclose(maps) }
        var buffer = [CChar](repeating: 0, count: 4096)
        var count = 0
        while fgets(&buffer, Int32(buffer.count), maps) != nil {
            if strstr(buffer, "\(workshop.folder)/generations/") != nil { count += 1 }
        }
        return count
    }
}
