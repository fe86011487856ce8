/// Carries an object that lives on one loop through code that runs elsewhere.
///
/// Unchecked, because the object is not `Sendable` and never becomes it: it is only touched in `with`, which insists on
/// being on the loop.
public struct LoopBound<Value>: @unchecked Sendable {
    private let value: Value
    private let loop: any EventLoop

    /// On the loop.
    public init(_ value: Value, _ loop: any EventLoop) {
        (self.value, self.loop) = (value, loop)
    }

    /// Lends the object. On the loop; anywhere else it stops the process, because it would be a data race.
    public func with<Result>(_ body: (Value) -> Result) -> Result {
        precondition(loop.isCurrent, "touched outside its loop")
        return body(value)
    }
}
