import JSONKit
import RPCSchema

/// Finds what the user meant, or says what would have been right.
struct Names {
    private let interface: Interface

    init(_ interface: Interface) { self.interface = interface }

    func namespace(_ word: String) throws(ConsoleFailure) -> String {
        if interface.namespaces.contains(word) { return word }
        let known = interface.namespaces.filter { namespace in
            interface.callable.contains { $0.namespace == namespace && !$0.hints.isHidden }
        }
        throw .usage(Self.unknown("command", word, known + Help.ownCommands.map(\.name), help: "patchbay help"))
    }

    func operation(_ namespace: String, _ verb: String) throws(ConsoleFailure) -> Operation {
        if let operation = interface.method("\(namespace).\(verb)"), !operation.isNotification { return operation }
        let known = interface.callable.filter { $0.namespace == namespace }.map(\.verb)
        throw .usage(Self.unknown("verb of \(namespace)", verb, known, help: "patchbay help \(namespace)"))
    }

    /// What a namespace does without a verb, if it does anything. `word` follows the namespace.
    func verbless(_ namespace: String, before word: String?) -> Operation? {
        if let word, ["--help", "-h", "help"].contains(word) || interface.method("\(namespace).\(word)") != nil {
            return nil
        }
        let hasArgument = word.map { !$0.hasPrefix("-") } ?? false
        return interface.callable.first { operation in
            operation.namespace == namespace && operation.hints.isVerbless
                && operation.hints.positional.isEmpty != hasArgument
        }
    }

    static func unknown(_ sort: String, _ word: String, _ known: [String], help: String) -> String {
        let nearest = known.min { $0.editDistance(to: word) < $1.editDistance(to: word) }
        if let nearest, nearest.editDistance(to: word) <= max(2, word.count / 3) {
            return "\(word) is no \(sort); did you mean \(nearest)? See `\(help)`"
        }
        return "\(word) is no \(sort); there are \(known.joined(separator: ", ")). See `\(help)`"
    }
}
