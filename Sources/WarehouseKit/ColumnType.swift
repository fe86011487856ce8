public import JSONKit

/// What a column holds; each dialect has its own word for it.
public enum ColumnType: String, Sendable, CaseIterable {
    case text, integer, real, boolean, time
    /// Any JSON, as a text.
    case json

    /// A value as it is stored, or nil for one of another type. Times are normalised, JSON becomes its text.
    func accepted(_ value: JSON) -> JSON? {
        switch self {
        case .text: value.string.map { .string($0) }
        case .integer: value.int.map { .int($0) }
        case .real: value.double.map { .double($0) }
        case .boolean: value.bool.map { .bool($0) }
        case .time: value.string.flatMap(Instant.init(parsing:)).map { .string($0.description) }
        case .json: .string(value.string ?? value.description)
        }
    }

    /// A cell of an answer, which some servers write as a text whatever it is.
    public func read(_ value: JSON) -> JSON {
        guard let text = value.string else { return value }
        switch self {
        case .integer:
            return Int64(text).map { .int($0) } ?? Double(text).flatMap(Int64.init(exactly:)).map { .int($0) } ?? value
        case .real: return Double(text).map { .double($0) } ?? value
        default: return value
        }
    }
}
