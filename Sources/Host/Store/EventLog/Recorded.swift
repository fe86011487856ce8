public import Core
public import JSONKit

/// An event with its place in the log.
public struct Recorded: Sendable, Equatable {
    /// Counts from 1 without gaps.
    public let position: Int64
    public let event: Event

    /// `{position, id, topic, key, at, data}`.
    public var json: JSON {
        [
            "position": .int(position), "id": .string(event.id.rawValue), "topic": .string(event.topic.rawValue),
            "key": .string(event.key), "at": .string(event.at.description), "data": event.data,
        ]
    }
}
