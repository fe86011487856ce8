public import Core
public import JSONKit

/// What a plugin's file says of itself, without an instance of it.
public struct PluginFile: Sendable {
    public let name: String
    public let kind: Core.Kind
    /// The JSON Schema of its configuration; an empty object if it has none.
    public let schema: JSON

    /// Loads the file, from a private copy in `folder`; `serial` tells several apart. May block.
    public init(_ path: String, folder: String, serial: Int) throws(PluginError) {
        let library = try Library(path: path, folder: folder, serial: serial)
        guard let kind = Core.Kind(rawValue: library.kind) else {
            throw .incompatible(path: path, reason: "unknown kind \(library.kind)")
        }
        (name, self.kind) = (library.name, kind)
        schema = (try? JSON(parsing: library.schema)) ?? [:]
    }

    /// Members that a configuration must have, and this one has not.
    public func missing(in config: JSON) -> [String] {
        (schema["required"]?.array ?? []).compactMap(\.string).filter { config[$0] == nil }
    }

    /// What else the schema has against a configuration; nil: nothing.
    public func problem(with config: JSON) -> FieldError? {
        guard case .object(var members) = schema, !members.isEmpty else { return nil }
        members["required"] = nil
        do {
            let parsed = try JSONSchema(.object(members), definitions: schema["definitions"] ?? .null)
            try parsed.check(config, at: "config")
            return nil
        } catch { return error }
    }
}
