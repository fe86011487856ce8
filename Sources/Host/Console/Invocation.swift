import JSONKit
import RPCSchema

/// The arguments of a command, turned into the parameters of its method by their schemas.
struct Invocation {
    let operation: Operation
    private(set) var parameters: JSONObject = [:]
    private(set) var asJSON = false
    private(set) var asCSV = false
    /// The file for what is saved; nil: nothing is.
    private(set) var saving: String?
    /// Until what was started is over.
    private(set) var waits = false
    private(set) var socket: String
    /// Seconds to wait for the answer; nil: the method's deadline.
    private(set) var timeout: Double?
    private let interface: Interface
    private let environment: Environment

    /// Flags that every command knows.
    static let commonFlags: [(name: String, value: String?, summary: String)] = [
        ("json", nil, "Print the result as JSON, for programs."),
        ("socket", "PATH", "The host's control socket; otherwise $PATCHBAY_SOCKET, then the usual places."),
        ("timeout", "SECONDS", "How long to wait for the answer."),
        ("help", nil, "What the command does."),
    ]
    /// And those whose result is a grid.
    static let gridFlags: [(name: String, value: String?, summary: String)] = [
        ("csv", nil, "Print the rows as CSV, for spreadsheets.")
    ]
    /// And those that start something.
    static let waitFlags: [(name: String, value: String?, summary: String)] = [
        ("wait", nil, "Wait until it is over, an hour at most or --timeout, and show how far it is.")
    ]

    /// The flags that a command has for its kind of result.
    static func ownFlags(of operation: Operation) -> [(name: String, value: String?, summary: String)] {
        (operation.hints.isGrid || operation.hints.hasTables ? gridFlags : [])
            + (operation.hints.awaits != nil ? waitFlags : [])
    }

    /// The flags of a command besides its parameters.
    static func flags(of operation: Operation) -> [(name: String, value: String?, summary: String)] {
        ownFlags(of: operation) + commonFlags
    }

    /// `arguments` follow the verb.
    init(
        _ operation: Operation,
        _ interface: Interface,
        _ arguments: [String],
        _ environment: Environment
    ) throws(ConsoleFailure) {
        (self.operation, self.interface, self.environment) = (operation, interface, environment)
        socket = environment.defaultSocket
        var rest = arguments[...]
        var words: [String] = []
        while let argument = rest.popFirst() {
            if argument == "--" {
                words += rest
                break
            }
            if argument.hasPrefix("--") { try take(flag: argument, &rest) } else { words.append(argument) }
        }
        try take(positional: words)
        try check()
    }

    // MARK: Flags

    private mutating func take(flag: String, _ rest: inout ArraySlice<String>) throws(ConsoleFailure) {
        let parts = flag.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts[0].split(separator: "-", omittingEmptySubsequences: false).joined(separator: "_")
        var given = parts.count > 1 ? String(parts[1]) : nil
        if name == "json" {
            asJSON = true
            return
        }
        if name == "csv", operation.hints.isGrid || operation.hints.hasTables {
            asCSV = true
            return
        }
        if name == "wait", operation.hints.awaits != nil {
            waits = true
            return
        }
        let parameter = operation.parameters.first { $0.name == name }
        if name == operation.hints.saved {
            guard let file = given ?? rest.popFirst() else { throw usage("--\(name) needs a file") }
            parameters[name] = true
            saving = environment.absolute(file)
            return
        }
        if let parameter, given == nil, type(of: parameter) == ["boolean"] {
            parameters[name] = true
            return
        }
        guard parameter != nil || name == "socket" || name == "timeout" else { throw unknown(flag: "--\(name)") }
        if given == nil { given = rest.popFirst() }
        guard let given else { throw usage("--\(name) needs a value") }
        if let parameter { return try set(parameter, given) }
        if name == "socket" {
            socket = given
        } else {
            guard let seconds = Double(given), seconds > 0 else { throw usage("--timeout needs a number of seconds") }
            timeout = seconds
        }
    }

    private func unknown(flag: String) -> ConsoleFailure {
        let known = operation.parameters.map { "--\($0.name)" } + Self.flags(of: operation).map { "--\($0.name)" }
        return .usage(Names.unknown("flag", flag, known, help: help))
    }

    // MARK: Positional arguments

    private mutating func take(positional words: [String]) throws(ConsoleFailure) {
        var names = operation.hints.positional[...]
        for word in words {
            // What a flag has given already is passed over.
            while let name = names.first, parameters[name] != nil { names = names.dropFirst() }
            guard let name = names.popFirst(), let parameter = operation.parameters.first(where: { $0.name == name })
            else { throw usage("\(word) is one argument too many; put texts with spaces in quotes") }
            try set(parameter, word)
        }
    }

    // MARK: Values

    private mutating func set(_ parameter: Parameter, _ text: String) throws(ConsoleFailure) {
        let types = type(of: parameter)
        if types == ["array"], let more = scalars(parameter, text) {
            parameters[parameter.name] = .array((parameters[parameter.name]?.array ?? []) + more)
            return
        }
        parameters[parameter.name] = try value(parameter, types, text)
    }

    /// The elements of an array of words: `a,b`, or one flag each.
    private func scalars(_ parameter: Parameter, _ text: String) -> [JSON]? {
        guard !text.hasPrefix("["), !text.hasPrefix("@"), text != "-" else { return nil }
        let items = interface.resolve(interface.resolve(parameter.schema)["items"] ?? [:])
        let words = text.split(separator: ",").map(String.init)
        switch items["type"]?.string {
        case "string": return words.map { .string($0) }
        case "integer": return words.map { word in Int64(word).map { .int($0) } ?? .string(word) }
        default: return nil
        }
    }

    private func value(_ parameter: Parameter, _ types: [String], _ text: String) throws(ConsoleFailure) -> JSON {
        if types.contains("object") || types.contains("array") {
            if text == "-" { return try json(environment.read("-"), "standard input") }
            if text.hasPrefix("@") { return try json(environment.read(String(text.dropFirst())), text) }
            if types.contains("string"), !text.hasPrefix("{") { return .string(text) }
            return try json(Array(text.utf8), "--\(parameter.name)")
        }
        if operation.hints.paths.contains(parameter.name) { return .string(environment.absolute(text)) }
        switch types.first {
        case "integer":
            guard let number = Int64(text) else { throw usage("\(parameter.name) must be an integer, is \"\(text)\"") }
            return .int(number)
        case "number":
            guard let number = Double(text) else { throw usage("\(parameter.name) must be a number, is \"\(text)\"") }
            return Int64(exactly: number).map { .int($0) } ?? .double(number)
        case "boolean":
            guard let value = Bool(text) else { throw usage("\(parameter.name) must be true or false, is \"\(text)\"") }
            return .bool(value)
        default: return .string(text)
        }
    }

    private func json(_ bytes: [UInt8], _ source: String) throws(ConsoleFailure) -> JSON {
        do { return try JSON(parsing: String(decoding: bytes, as: UTF8.self)) } catch {
            throw usage("\(source) is not JSON: \(error); give a JSON text, @FILE, or - for standard input")
        }
    }

    private func type(of parameter: Parameter) -> [String] {
        let type = interface.resolve(parameter.schema)["type"] ?? "string"
        return type.string.map { [$0] } ?? (type.array ?? []).compactMap(\.string)
    }

    // MARK: Checking

    private func check() throws(ConsoleFailure) {
        let missing = operation.parameters.filter { $0.isRequired && parameters[$0.name] == nil }
        if let first = missing.first { throw usage("\(first.name) is missing: \(first.summary)") }
        do throws(FieldError) {
            let schema = try JSONSchema(operation.parameterSchema, definitions: interface.schemas)
            try schema.check(.object(parameters))
        } catch { throw usage("\(error)") }
    }

    private var help: String { "patchbay help \(operation.namespace) \(operation.verb)" }

    private func usage(_ problem: String) -> ConsoleFailure { .usage("\(problem). See `\(help)`") }
}
