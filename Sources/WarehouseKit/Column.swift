/// One column of a table, or of an answer.
public struct Column: Sendable, Equatable {
    public let name: String
    public let type: ColumnType
    /// A row without it is refused.
    public let isRequired: Bool

    init(_ name: String, _ type: ColumnType, isRequired: Bool = false) {
        (self.name, self.type, self.isRequired) = (name, type, isRequired)
    }
}
