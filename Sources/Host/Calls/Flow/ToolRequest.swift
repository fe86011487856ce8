public import Core
public import JSONKit

/// One run of a tool, for whoever runs it.
public struct ToolRequest: Sendable, Equatable {
    public let call: CallID
    public let tool: Tool
    public let arguments: JSON
    /// The number of the other side, as the carrier writes it; empty: nobody knows it. Personal.
    public let phone: String

    public init(call: CallID, tool: Tool, arguments: JSON, phone: String = "") {
        (self.call, self.tool, self.arguments, self.phone) = (call, tool, arguments, phone)
    }

    public static func == (left: ToolRequest, right: ToolRequest) -> Bool {
        left.call == right.call && left.tool.name == right.tool.name && left.arguments == right.arguments
    }
}

/// What became of it.
public enum ToolOutcome: Sendable, Equatable {
    case answered(JSON)
    /// For the model and the log; no secrets in it.
    case failed(String)
}
