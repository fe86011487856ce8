/// Gets what a stream emits. Always called on the stream's loop.
public protocol StreamReceiver: AnyObject {
    func received(_ frame: borrowing Frame, from stream: Stream)

    /// The stream is over before its time; the last call.
    func failed(_ failure: PluginFailure, from stream: Stream)
}
