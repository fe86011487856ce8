import PluginHost

/// Takes what a stream emits and keeps the last wire message's size.
final class Ear: StreamReceiver {
    private(set) var heard = 0

    func received(_ frame: borrowing Frame, from stream: Stream) { heard += frame.byteCount }
    func failed(_ failure: PluginFailure, from stream: Stream) { fatalError("\(failure)") }
}
