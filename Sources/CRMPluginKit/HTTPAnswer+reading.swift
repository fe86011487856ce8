public import JSONKit
public import PluginKit
public import ProviderKit

extension HTTPAnswer {
    /// The answer's JSON.
    /// - Throws: `.malformed`, naming the service and the setting that says where it is.
    public func json(from service: String, setting: String) throws(PluginProblem) -> JSON {
        if let json { return json }
        let start = text.prefix(20).filter { !$0.isNewline }
        throw PluginProblem(
            .malformed,
            "\(service): HTTP \(status) and no JSON, it begins \"\(start)\": does \(setting) name the API, or a page for people?"
        )
    }

    /// Nil where it is none.
    public var json: JSON? { body.withUnsafeBytes { bytes in try? JSON(parsing: bytes) } }
}
