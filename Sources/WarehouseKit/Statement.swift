/// SQL whose parameters are bound by place: each `?` stands for the next of `parameters`.
public struct Statement: Sendable, Equatable {
    /// What is bound.
    public enum Parameter: Sendable, Equatable {
        case from, to, limit
    }

    public let sql: String
    public let parameters: [Parameter]

    init(_ sql: String, _ parameters: [Parameter] = [.from, .to, .limit]) {
        (self.sql, self.parameters) = (sql, parameters)
    }
}
