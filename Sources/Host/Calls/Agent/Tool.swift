import Core
public import JSONKit

/// Something the model, or a stage, may do besides speaking.
public struct Tool: Sendable {
    /// What it does.
    public enum Work: Sendable, Equatable {
        /// The call ends after what was said.
        case endCall
        /// A slot gets a value, checked like the caller's own words.
        case setSlot
        case http(HTTPWork)
        /// The best passages of a collection for `query`.
        case lookup(collection: String)
        /// A record for the CRM, delivered now.
        case crm(type: String)
        /// The line goes to this number.
        case transfer(to: String)
        /// Another agent goes on.
        case handover(agent: String)
    }

    /// A request to somebody's server. `{name}` in the address stands for an argument, encoded; `{secret:NAME}` in a
    /// header's value for a secret.
    public struct HTTPWork: Sendable, Equatable {
        public let method: String
        public let url: String
        public let headers: [String: String]
        /// Whether servers in private and local networks may be asked.
        public let isPrivateAllowed: Bool
    }

    public let name: String
    public let description: String
    /// A JSON Schema of the arguments.
    public let parameters: JSON
    public let work: Work
    public let timeout: Duration
    /// Said if it takes longer than `fillerAfter`; empty: nothing.
    public let filler: String
    public let fillerAfter: Duration
    /// Which slot gets which member of the result, by a path such as `offers.0.time`.
    public let results: [(slot: String, path: String)]
    let schema: JSONSchema

    /// Those that need no description: named in a stage they are there.
    static let builtIn = ["end_call", "set_slot"]
    private static let works = ["http", "lookup", "crm", "transfer", "handover"]

    init(_ fields: Fields) throws(FieldError) {
        name = try fields.string("name")
        guard name.isName else { throw fields.error("name", "must be letters, digits, - and _, is \"\(name)\"") }
        let work = try Self.work(name, fields)
        self.work = work
        description = try fields.string("description", default: Self.description(of: work))
        parameters = try fields.json("parameters", default: Self.parameters(of: work))
        timeout = .milliseconds(try fields.int("timeout_ms", default: 5000, in: 1...60_000))
        filler = try fields.string("filler", default: "")
        fillerAfter = .milliseconds(try fields.int("filler_after_ms", default: 800, in: 0...30_000))
        var results: [(slot: String, path: String)] = []
        if let object = try fields.optionalObject("results") {
            for slot in object.object.keys { results.append((slot, try object.string(slot))) }
        }
        self.results = results
        try fields.finish()
        do { schema = try JSONSchema(parameters) } catch {
            throw FieldError(path: "\(fields.path(of: "parameters")).\(error.path)", problem: error.problem)
        }
    }

    private static func work(_ name: String, _ fields: Fields) throws(FieldError) -> Work {
        let given = works.filter { fields.object[$0] != nil }
        if given.isEmpty {
            if name == "end_call" { return .endCall }
            if name == "set_slot" { return .setSlot }
        }
        guard given.count == 1 else {
            let known = works.joined(separator: ", ")
            throw fields.error("name", "\(name) is not built in, so the tool must have exactly one of \(known)")
        }
        let object = try fields.object(given[0])
        defer { try? object.finish() }
        switch given[0] {
        case "http": return .http(try HTTPWork(object))
        case "lookup": return .lookup(collection: try object.string("collection"))
        case "crm": return .crm(type: try object.string("type", default: "call.note"))
        case "transfer":
            let to = try object.string("to")
            guard to.isDialable else { throw object.error("to", "must be +49301234567 or sip:name@host, is \"\(to)\"") }
            return .transfer(to: to)
        default: return .handover(agent: try object.string("agent"))
        }
    }

    private static func description(of work: Work) -> String {
        switch work {
        case .endCall: "Ends the call after what was said."
        case .setSlot: "Notes something the caller said."
        case .http: ""
        case .lookup: "Looks something up."
        case .crm: "Writes a note about the caller."
        case .transfer: "Connects the caller to a person, after what was said."
        case .handover: "Lets a colleague go on with the call."
        }
    }

    private static func parameters(of work: Work) -> JSON {
        switch work {
        case .setSlot:
            [
                "type": "object", "required": ["name", "value"],
                "properties": ["name": ["type": "string"], "value": ["type": ["string", "number", "boolean"]]],
            ]
        case .lookup: ["type": "object", "required": ["query"], "properties": ["query": ["type": "string"]]]
        case .crm: ["type": "object", "required": ["text"], "properties": ["text": ["type": "string"]]]
        default: ["type": "object", "properties": [:]]
        }
    }

    /// As the model sees it.
    public var json: JSON {
        ["name": .string(name), "description": .string(description), "parameters": parameters]
    }
}

extension Tool.HTTPWork {
    init(_ fields: Fields) throws(FieldError) {
        method = try fields.string("method", default: "GET").uppercased()
        guard ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(method) else {
            throw fields.error("method", "is \(method); use GET, POST, PUT, PATCH or DELETE")
        }
        url = try fields.string("url")
        guard url.hasPrefix("https://") || url.hasPrefix("http://"),
            !url.dropFirst(8).prefix(while: { $0 != "/" }).contains("{")
        else {
            throw fields.error(
                "url",
                "must begin with https:// or http:// and a host that is no argument, is \"\(url)\""
            )
        }
        var headers: [String: String] = [:]
        if let object = try fields.optionalObject("headers") {
            for name in object.object.keys { headers[name.lowercased()] = try object.string(name) }
        }
        self.headers = headers
        isPrivateAllowed = try fields.bool("allow_private", default: false)
        try fields.finish()
    }
}

extension String {
    /// A number in E.164, or a SIP address.
    var isDialable: Bool {
        if hasPrefix("sip:") || hasPrefix("sips:") { return contains("@") && !contains(where: \.isWhitespace) }
        return first == "+" && (8...16).contains(utf8.count) && dropFirst().allSatisfy { $0.isASCII && $0.isNumber }
    }
}
