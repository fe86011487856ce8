import Glibc
import RPCSchema
import Testing

@testable import Console

/// What is rendered from the document is what is committed; `scripts/schema --write` renders it again.
@Suite struct RenderingTests {
    static func committed(_ path: String) throws -> String {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let descriptor = open("/\(root)/\(path)", O_RDONLY)
        try #require(descriptor >= 0, "\(path) is there")
        defer { close(descriptor) }
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while case let count = read(descriptor, &piece, piece.count), count > 0 { content += piece[0..<count] }
        return String(decoding: content, as: UTF8.self)
    }

    @Test func `docs and manual page are up to date`() throws {
        let interface = try Interface()
        #expect(try Self.committed("docs/RPC.md") == Reference(interface).text)
        #expect(try Self.committed("packaging/patchbay.1") == ManualPage(interface).text)
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `completions are up to date`(shell: String) throws {
        let script = try Completions(Interface()).script(for: shell)
        #expect(try Self.committed("packaging/completions/patchbay.\(shell)") == script)
    }
}
