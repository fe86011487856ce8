/// What an attempt came to, and what that means. Names that are not listed are an agent's own words for a conversation.
public struct Disposition: Sendable, Equatable {
    public let name: String
    /// A person answered.
    public var isHumanAnswered = false
    public var isSale = false
    /// Asked not to be called again.
    public var isDoNotCall = false
    /// The person that was meant was spoken to.
    public var isCustomerContact = false
    public var isNotInterested = false
    /// The number reaches nobody.
    public var isUnworkable = false
    public var isCallback = false
    /// Nothing more is to be done.
    public var isCompleted = false
    /// A machine answered.
    public var isMachine = false
    /// What follows; a campaign may say otherwise.
    public let retry: RetryRule
    /// Of long waits, the end is moved to another part of the day: somebody is not there at this one.
    public var changesDayPart = false

    private init(
        _ name: String,
        _ waits: [Int] = [],
        maximum: Int = 1,
        nextNumber: Bool = false,
        _ set: (inout Disposition) -> Void
    ) {
        self.name = name
        retry = RetryRule(waits: waits, maximum: maximum, takesNextNumber: nextNumber)
        set(&self)
    }

    /// All that the host itself gives.
    public static let catalogue: [Disposition] = [
        Disposition("busy", [15], maximum: 6) { _ in },
        Disposition("no_answer", [150, 1440], maximum: 6) { $0.changesDayPart = true },
        Disposition("machine", [240, 1440], maximum: 3) { ($0.isMachine, $0.changesDayPart) = (true, true) },
        Disposition("message_left", [2880], maximum: 2) { ($0.isMachine, $0.changesDayPart) = (true, true) },
        Disposition("fax", maximum: 1, nextNumber: true) { ($0.isMachine, $0.isUnworkable) = (true, true) },
        Disposition("invalid", maximum: 1, nextNumber: true) { $0.isUnworkable = true },
        Disposition("carrier_error", [5, 10, 20], maximum: 3) { _ in },
        Disposition("canceled", [10], maximum: 6) { _ in },
        Disposition("abandoned", [1440], maximum: 2) { $0.isHumanAnswered = true },
        Disposition("hung_up_early", [1440], maximum: 2) { ($0.isHumanAnswered, $0.changesDayPart) = (true, true) },
        Disposition("interrupted", [1440], maximum: 2) { ($0.isHumanAnswered, $0.isCustomerContact) = (true, true) },
        Disposition("callback", [1440], maximum: 3) {
            ($0.isHumanAnswered, $0.isCustomerContact, $0.isCallback) = (true, true, true)
        },
        Disposition("not_interested") {
            ($0.isHumanAnswered, $0.isCustomerContact, $0.isNotInterested) = (true, true, true)
            $0.isCompleted = true
        },
        Disposition("do_not_call") {
            ($0.isHumanAnswered, $0.isCustomerContact, $0.isDoNotCall) = (true, true, true)
            $0.isCompleted = true
        },
        Disposition("sale") {
            ($0.isHumanAnswered, $0.isCustomerContact, $0.isSale, $0.isCompleted) = (true, true, true, true)
        },
        conversation("completed"),
    ]

    private static let byName = Dictionary(uniqueKeysWithValues: catalogue.map { ($0.name, $0) })

    /// The disposition of this name; a conversation where nobody knows it.
    public static func named(_ name: String) -> Disposition { byName[name] ?? conversation(name) }

    private static func conversation(_ name: String) -> Disposition {
        Disposition(name) { ($0.isHumanAnswered, $0.isCustomerContact, $0.isCompleted) = (true, true, true) }
    }

    public static func == (left: Disposition, right: Disposition) -> Bool { left.name == right.name }
}
