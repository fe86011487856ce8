/// An area of numbers as those who write tests know it: its zone and state, by hand. Rules are judged by it, so it has nothing
/// of their data.
struct AreaCode: Sendable {
    let code: UInt64
    let zone: String
    let state: String

    private init(_ code: UInt64, _ zone: String, _ state: String, of continent: String = "America") {
        (self.code, self.zone, self.state) = (code, "\(continent)/\(zone)", state)
    }

    /// Areas that lie in one zone as a whole.
    static let all: [AreaCode] = [
        AreaCode(212, "New_York", "NY"), AreaCode(518, "New_York", "NY"), AreaCode(201, "New_York", "NJ"),
        AreaCode(215, "New_York", "PA"), AreaCode(412, "New_York", "PA"), AreaCode(617, "New_York", "MA"),
        AreaCode(203, "New_York", "CT"), AreaCode(401, "New_York", "RI"), AreaCode(305, "New_York", "FL"),
        AreaCode(407, "New_York", "FL"), AreaCode(813, "New_York", "FL"), AreaCode(301, "New_York", "MD"),
        AreaCode(404, "New_York", "GA"), AreaCode(704, "New_York", "NC"), AreaCode(216, "New_York", "OH"),
        AreaCode(313, "New_York", "MI"), AreaCode(502, "New_York", "KY"), AreaCode(312, "Chicago", "IL"),
        AreaCode(414, "Chicago", "WI"), AreaCode(612, "Chicago", "MN"), AreaCode(314, "Chicago", "MO"),
        AreaCode(214, "Chicago", "TX"), AreaCode(713, "Chicago", "TX"), AreaCode(405, "Chicago", "OK"),
        AreaCode(918, "Chicago", "OK"), AreaCode(205, "Chicago", "AL"), AreaCode(504, "Chicago", "LA"),
        AreaCode(601, "Chicago", "MS"), AreaCode(615, "Chicago", "TN"), AreaCode(501, "Chicago", "AR"),
        AreaCode(303, "Denver", "CO"), AreaCode(801, "Denver", "UT"), AreaCode(505, "Denver", "NM"),
        AreaCode(602, "Phoenix", "AZ"), AreaCode(702, "Los_Angeles", "NV"), AreaCode(213, "Los_Angeles", "CA"),
        AreaCode(415, "Los_Angeles", "CA"), AreaCode(619, "Los_Angeles", "CA"), AreaCode(206, "Los_Angeles", "WA"),
        AreaCode(503, "Los_Angeles", "OR"), AreaCode(808, "Honolulu", "HI", of: "Pacific"),
    ]
}
