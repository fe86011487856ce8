public import Core

/// The calls of one loop. Confined to it.
public final class Shard {
    public let loop: any EventLoop
    let services: CallServices
    private(set) var calls: [CallID: LiveCall] = [:]

    init(loop: any EventLoop, services: CallServices) { (self.loop, self.services) = (loop, services) }

    /// Starts a call on a line that is ready for audio: the agent greets at once.
    public func answer(_ details: CallDetails, line: any Line) throws(CallFailure) -> LiveCall {
        let call = LiveCall(details, line: line)
        calls[details.id] = call
        return call
    }
}
