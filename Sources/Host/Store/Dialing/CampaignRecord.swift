public import Core
public import JSONKit

/// A campaign as the table has it: its document, its state, and what is counted. What the document says is the campaigns
/// layer's.
public struct CampaignRecord: Sendable, Equatable {
    public let name: String
    /// `draft` and so on; leads are given out while it is `running` only.
    public var state: String
    /// Why it is in this state.
    public var reason = ""
    /// Counts from 1 with every change of the document.
    public internal(set) var revision: Int64 = 1
    public var body: JSON
    /// What the dialler remembers of it.
    public var figures: JSON = [:]
    /// Attempts so far; the caller ids are used in turn by it.
    public internal(set) var turn: Int64 = 0
    public let made: Timestamp
    public var updated: Timestamp

    public init(name: String, state: String, body: JSON, made: Timestamp) {
        (self.name, self.state, self.body, self.made, updated) = (name, state, body, made, made)
    }

    /// The only state in which leads are given out.
    public static let running = "running"
    /// The state in which its lists are free.
    static let completed = "completed"
}
