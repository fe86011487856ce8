/// Which leads are listed; nil: any.
public struct LeadFilter: Sendable {
    public var list: String?
    public var state: Lead.State?
    public var disposition: String?
    /// The first number, or a further one.
    public var number: String?
    public var externalID: String?

    public init(
        list: String? = nil,
        state: Lead.State? = nil,
        disposition: String? = nil,
        number: String? = nil,
        externalID: String? = nil
    ) {
        (self.list, self.state, self.disposition) = (list, state, disposition)
        (self.number, self.externalID) = (number, externalID)
    }

    /// Conditions, and the values of their marks.
    var conditions: (texts: [String], values: [String]) {
        let columns = [
            ("list", list), ("state", state?.rawValue), ("disposition", disposition), ("external_id", externalID),
        ].filter { $0.1 != nil }
        var texts = columns.map { "\($0.0) = ?" }
        var values = columns.compactMap(\.1)
        if let number {
            texts.append("(number = ? OR id IN (SELECT lead FROM lead_numbers WHERE number = ?))")
            values += [number, number]
        }
        return (texts, values)
    }
}
