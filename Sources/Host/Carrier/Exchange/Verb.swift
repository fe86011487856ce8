/// One instruction of TwiML, as far as hosts use them.
enum Verb: Equatable {
    /// `<Connect action><Stream>`: the call's audio goes over a socket, until the other side closes it.
    case connect(Instructions)
    case say(String)
    case play(String)
    /// Seconds.
    case pause(Double)
    /// `<Dial action>` with a number or a SIP address: somebody else gets the call.
    case dial(to: String, action: String?)
    case redirect(String)
    case hangUp
    case reject

    /// Reads a whole document.
    static func read(_ twiml: String) throws(CarrierFailure) -> [Verb] {
        let root = try XMLElement(parsing: twiml)
        guard root.name == "Response" else {
            throw .instructions("the document's element is <\(root.name)>, not <Response>")
        }
        var verbs: [Verb] = []
        for element in root.children { verbs.append(try verb(element)) }
        return verbs
    }

    private static func verb(_ element: XMLElement) throws(CarrierFailure) -> Verb {
        switch element.name {
        case "Connect": return .connect(try stream(element))
        case "Say": return .say(element.text)
        case "Play": return .play(element.text)
        case "Pause": return .pause(element["length"].flatMap { Double($0) } ?? 1)
        case "Dial":
            let to = element.children.first { ["Number", "Sip"].contains($0.name) }?.text ?? element.text
            return .dial(to: to, action: element["action"])
        case "Redirect": return .redirect(element.text)
        case "Hangup": return .hangUp
        case "Reject": return .reject
        default: throw .instructions("<\(element.name)> is not understood by this carrier")
        }
    }

    private static func stream(_ element: XMLElement) throws(CarrierFailure) -> Instructions {
        guard let stream = element.children.first(where: { $0.name == "Stream" }) else {
            throw .instructions("<Connect> without a <Stream>")
        }
        guard let url = stream["url"], url.hasPrefix("ws") else {
            throw .instructions("<Stream> has no url that starts with ws")
        }
        guard !url.contains("?") else { throw .instructions("a stream's url must have no query: carriers drop it") }
        var parameters: [String: String] = [:]
        for parameter in stream.children where parameter.name == "Parameter" {
            if let name = parameter["name"] { parameters[name] = parameter["value"] ?? "" }
        }
        return Instructions(streamURL: url, parameters: parameters, action: element["action"])
    }
}
