import Glibc
import RPCSchema
import Testing

@testable import Console

/// Commands that the documents tell people to type must exist.
@Suite struct DocumentedCommandTests {
    private static let files = [
        "README.md", "docs/AGENTS.md", "docs/ARCHITECTURE.md", "docs/CARRIER.md", "docs/EVENTS.md",
        "docs/OPERATIONS.md",
        "docs/PLUGINS.md", "docs/WAREHOUSE.md",
        "CHANGELOG.md", "CONTRIBUTING.md", "examples/rpc/README.md",
    ]
    private static let ownWords: Set = [
        "serve", "loader", "carrier", "demo", "help", "completions", "reference", "manual",
    ]

    /// What follows `patchbay ` on a line, up to what cannot be part of a command.
    private func commands(in text: String) -> [[String]] {
        text.split(separator: "\n").flatMap { line -> [[String]] in
            line.split(separator: "`").compactMap { piece in
                guard piece.hasPrefix("patchbay ") else { return nil }
                let command = piece.prefix { $0 != "#" && $0 != "|" && $0 != ";" }
                return command.split(separator: " ").dropFirst().map(String.init)
            }
        }
    }

    @Test(arguments: files)
    func `every command in the documents exists, and so do its flags`(file: String) throws {
        let interface = try Interface()
        for words in commands(in: try RenderingTests.committed(file)) where words.count > 1 {
            guard !Self.ownWords.contains(words[0]) else { continue }
            if let own = Help.ownVerbs.first(where: { [$0.namespace, $0.verb] == words.prefix(2) }) {
                for flag in words.dropFirst(2) where flag.hasPrefix("--") {
                    #expect(own.arguments.contains(flag), "\(file): \(words)")
                }
                continue
            }
            let verbless = Names(interface).verbless(words[0], before: words[1])
            let operation = try #require(verbless ?? interface.method("\(words[0]).\(words[1])"), "\(file): \(words)")
            let known = operation.parameters.map(\.name) + Invocation.flags(of: operation).map(\.name)
            for flag in words.dropFirst(2) where flag.hasPrefix("--") {
                let name = flag.dropFirst(2).prefix { $0 != "=" }.map { $0 == "-" ? "_" : String($0) }.joined()
                #expect(known.contains(name), "\(file): \(words)")
            }
            let hasArguments = words.dropFirst(2).contains { !$0.hasPrefix("-") }
            #expect(!hasArguments || !operation.parameters.isEmpty, "\(file): \(words)")
        }
    }
}
