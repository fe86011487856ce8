public import JSONKit

/// How a server that speaks OpenAI's chat completions differs from the others.
public struct ChatDialect: Sendable {
    /// What it calls the bound on an answer's length.
    public var maxTokensField = "max_tokens"
    /// It counts tokens only if asked to.
    public var asksForUsage = false
    /// It pads its pieces against listeners on the line unless asked not to.
    public var pads = false
    /// The last message must be the caller's or a tool's: an answer that was cut off is given as its beginning.
    public var continuesByPrefix = false
    /// The names of tool calls must be nine letters and digits.
    public var shortensCallIDs = false
    /// Members of every request.
    public var extra: JSONObject = [:]

    public init() {}
}
