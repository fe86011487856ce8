public import JSONKit

/// What is asked through a route, in one piece.
public enum Question: Sendable {
    case text(String)
    case json(JSON)
    case bytes([UInt8])
}

/// One frame of an answer.
public enum Answer: Sendable, Equatable {
    case text(String)
    case json(JSON)
    case vector([Float])
    case bytes([UInt8])
}
