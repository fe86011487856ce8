/// What the carrier is told once the media has ended: TwiML that gives the call to somebody else.
public struct Dialling: Equatable, Sendable {
    /// A number or a SIP address.
    public let to: String
    public let callerID: String?
    /// Where to tell what became of it.
    public let action: String?

    /// Reads `<Dial callerId action><Number>` or `<Sip>`; nil: the call is over.
    init?(twiml: String) {
        guard let dial = Instructions.element("Dial", in: twiml[...]) else { return nil }
        guard
            let to = ["Number", "Sip"].lazy.compactMap({ name -> String? in
                guard let start = twiml.firstRange(of: "<\(name)>"), let end = twiml.firstRange(of: "</\(name)>") else {
                    return nil
                }
                return String(twiml[start.upperBound..<end.lowerBound])
            }).first
        else { return nil }
        self.to = to
        callerID = Instructions.attribute("callerId", of: dial.tag)
        action = Instructions.attribute("action", of: dial.tag)
    }
}
