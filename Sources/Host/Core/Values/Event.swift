public import JSONKit

/// One fact. It is appended to the log once and never changes; the log gives it a position.
public struct Event: Sendable, Equatable {
    public let id: EventID
    public let topic: Topic
    /// What it is about: a call's identifier, a plugin's name. Events of one key stay in order.
    public let key: String
    public let at: Timestamp
    public let data: JSON

    public init(_ topic: Topic, key: String, data: JSON = [:], id: EventID = .make(), at: Timestamp = .now()) {
        (self.id, self.topic, self.key, self.at, self.data) = (id, topic, key, at, data)
    }
}
