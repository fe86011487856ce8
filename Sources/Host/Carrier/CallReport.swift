/// What an outside listener measured on one call. Times are milliseconds from the start of the media.
public struct CallReport: Sendable {
    /// Media messages sent to the host, one every 20 ms.
    public var framesSent = 0
    /// Media messages from the host.
    public var framesReceived = 0
    /// The carrier had nothing to play in the middle of the agent's speech.
    public var underruns = 0
    public var marksEchoed = 0
    public var clears = 0
    /// For each time the caller stopped speaking: how long until the agent was heard.
    public var answerGaps: [Double] = []
    /// Each answer that followed on the caller's words, measured to the sample.
    public var answers: [Answer] = []
    /// For each barge-in: from the caller's first frame until the agent fell silent.
    public var bargeIns: [Double] = []
    /// Everything the caller could hear, 8 kHz.
    public var heard: [Int16] = []
    /// Everything the caller said, aligned with it.
    public var said: [Int16] = []
    public var closeReason: String?
}
