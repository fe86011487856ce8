public import JSONKit

/// One parameter of a method, given by name.
public struct Parameter: Sendable {
    public let name: String
    public let summary: String
    public let isRequired: Bool
    public let schema: JSON

    init(_ json: JSON, path: String) throws(FieldError) {
        guard let name = json["name"]?.string, let schema = json["schema"] else {
            throw FieldError(path: path, problem: "a parameter needs a name and a schema")
        }
        (self.name, self.schema) = (name, schema)
        summary = json["summary"]?.string ?? ""
        isRequired = json["required"]?.bool ?? false
    }
}
