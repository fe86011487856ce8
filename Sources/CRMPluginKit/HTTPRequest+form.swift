public import PluginKit
import ProviderKit

extension HTTPRequest {
    /// A form that is posted, as token endpoints want it.
    public static func form(_ url: String, _ fields: [(name: String, value: String)]) -> HTTPRequest {
        let text = fields.map { "\($0.name)=\($0.value.percentEncoded())" }.joined(separator: "&")
        let headers = [
            (name: "content-type", value: "application/x-www-form-urlencoded"),
            (name: "accept", value: "application/json"),
        ]
        return HTTPRequest("POST", url, headers: headers, body: Array(text.utf8))
    }
}
