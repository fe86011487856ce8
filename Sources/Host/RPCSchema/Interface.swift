import CRPCSchema
public import JSONKit

/// The control plane as `rpc-schema/openrpc.json` describes it, which is compiled in. Immutable; any thread.
public final class Interface: Sendable {
    /// The document as it is.
    public let document: JSON
    /// In the order of the document.
    public let methods: [Operation]
    /// By name.
    public let faults: [String: Fault]
    /// `components.schemas`, which `$ref` resolves among.
    public let schemas: JSON

    /// Parses the compiled-in document.
    /// - Throws: where the document is not what this code expects; a test keeps that from happening.
    public convenience init() throws(FieldError) {
        let bytes = UnsafeRawBufferPointer(start: rpc_schema_bytes(), count: Int(rpc_schema_length))
        let document: JSON
        do { document = try JSON(parsing: bytes) } catch {
            throw FieldError(path: "openrpc.json", problem: "\(error)")
        }
        try self.init(document)
    }

    /// Reads an OpenRPC document of the form that rpc-schema/README.md describes.
    public init(_ document: JSON) throws(FieldError) {
        self.document = document
        let components = document["components"]
        schemas = components?["schemas"] ?? [:]
        var faults: [String: Fault] = [:]
        for (name, error) in components?["errors"]?.object ?? [:] {
            faults[name] = try Fault(name: name, error, path: "components.errors.\(name)")
        }
        self.faults = faults
        var methods: [Operation] = []
        for (index, method) in (document["methods"]?.array ?? []).enumerated() {
            methods.append(try Operation(method, path: "methods[\(index)]"))
        }
        self.methods = methods
    }

    /// The method of this name, as in `plugin.swap`.
    public func method(_ name: String) -> Operation? { methods.first { $0.name == name } }

    /// The methods that a client may call.
    public var callable: [Operation] { methods.filter { !$0.isNotification } }

    /// The parts before the dots, in the order of the document.
    public var namespaces: [String] {
        callable.reduce(into: []) { if $0.last != $1.namespace, !$0.contains($1.namespace) { $0.append($1.namespace) } }
    }

    /// Follows a `$ref` into `components.schemas`; anything else is returned as it is.
    public func resolve(_ schema: JSON) -> JSON {
        guard let name = Self.referenced(schema) else { return schema }
        return schemas[name] ?? .null
    }

    /// The name that a schema refers to; nil for one that is spelled out.
    public static func referenced(_ schema: JSON) -> String? {
        schema["$ref"]?.string?.split(separator: "/").last.map(String.init)
    }
}
