/// What the voice webhook told the carrier to do: TwiML, as far as this carrier understands it.
public struct Instructions: Equatable, Sendable {
    /// Where the media goes.
    public let streamURL: String
    /// The `<Parameter>` elements.
    public let parameters: [String: String]
    /// Where to ask what follows the media; nil: nothing does.
    public let action: String?

    init(streamURL: String, parameters: [String: String], action: String?) {
        (self.streamURL, self.parameters, self.action) = (streamURL, parameters, action)
    }

    /// Reads `<Connect><Stream url><Parameter name value/></Stream></Connect>`.
    public init(twiml: String) throws(CarrierFailure) {
        guard twiml.contains("<Response>") else { throw .instructions("no <Response>: \(twiml.prefix(200))") }
        guard !twiml.contains("<Reject") else { throw .instructions("the call was rejected") }
        guard twiml.contains("<Connect"), let stream = Self.element("Stream", in: twiml[...]) else {
            throw .instructions("no <Connect><Stream>: \(twiml.prefix(200))")
        }
        guard let url = Self.attribute("url", of: stream.tag), url.hasPrefix("ws") else {
            throw .instructions("<Stream> has no url that starts with ws")
        }
        guard !url.contains("?") else { throw .instructions("a stream's url must have no query: carriers drop it") }
        streamURL = url
        action = Self.element("Connect", in: twiml[...]).flatMap { Self.attribute("action", of: $0.tag) }
        var found: [String: String] = [:]
        var rest = stream.rest
        while let parameter = Self.element("Parameter", in: rest) {
            if let name = Self.attribute("name", of: parameter.tag) {
                found[name] = Self.attribute("value", of: parameter.tag) ?? ""
            }
            rest = parameter.rest
        }
        parameters = found
    }

    static func element(_ name: String, in text: Substring) -> (tag: Substring, rest: Substring)? {
        guard let start = text.firstRange(of: "<\(name) "), let end = text[start.upperBound...].firstIndex(of: ">")
        else {
            return nil
        }
        return (text[start.upperBound..<end], text[end...])
    }

    static func attribute(_ name: String, of tag: Substring) -> String? {
        guard let start = tag.firstRange(of: "\(name)=\""), let end = tag[start.upperBound...].firstIndex(of: "\"")
        else {
            return nil
        }
        return [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")].reduce(
            String(tag[start.upperBound..<end])
        ) {
            $0.replacing($1.0, with: $1.1)
        }
    }
}
