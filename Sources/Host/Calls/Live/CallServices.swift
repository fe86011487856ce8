public import Core
public import Media
public import Routes

/// What calls need from the rest of the host; bound once, in the executable.
public struct CallServices: Sendable {
    public var routes: RouteTable
    /// Appends a fact to the event log. Any thread; does not wait.
    public var record: @Sendable (Event) -> Void
    /// Stores what is remembered of a call; nil: the call is over. Any thread; does not wait.
    public var remember: @Sendable (CallID, CallMemory?) -> Void
    /// The best passages of a collection for a text; nil where the search failed.
    public var retrieve: @Sendable (_ collection: String, _ text: String, _ limit: Int) async -> [Passage]?
    /// Runs a tool; ends within the tool's time. Any thread.
    public var runTool: @Sendable (ToolRequest) async -> ToolOutcome
    /// An agent document by name.
    public var agent: @Sendable (String) -> AgentDocument?
    /// Writes recordings; nil: none are made.
    public var recorder: Recorder?
    /// The folder recordings are written to while the call goes on. A stored recording leaves it.
    public var recordings: String
    /// Calls at once over all loops.
    public var limit: Int

    public init(
        routes: RouteTable,
        record: @escaping @Sendable (Event) -> Void,
        remember: @escaping @Sendable (CallID, CallMemory?) -> Void = { _, _ in },
        retrieve: @escaping @Sendable (String, String, Int) async -> [Passage]? = { _, _, _ in [] },
        runTool: @escaping @Sendable (ToolRequest) async -> ToolOutcome = { _ in .failed("there is nobody to run it") },
        agent: @escaping @Sendable (String) -> AgentDocument? = { _ in nil },
        recorder: Recorder? = nil,
        recordings: String = "",
        limit: Int = 1000
    ) {
        (self.routes, self.record, self.remember, self.retrieve) = (routes, record, remember, retrieve)
        (self.runTool, self.agent) = (runTool, agent)
        (self.recorder, self.recordings, self.limit) = (recorder, recordings, limit)
    }
}
