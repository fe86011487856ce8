/// One stream of a plugin. `push` and `close` are called one at a time, in order; `cancel` from any thread.
public protocol PluginStream: AnyObject {
    /// Takes one frame; an error ends the stream.
    func push(_ frame: borrowing Frame) throws(PluginProblem)

    /// Drops an item (0: all): no audio of it may be emitted after this, and it is closed with `done`.
    func cancel(item: UInt64)

    /// The end; nothing may be emitted after this has returned.
    func close()
}
