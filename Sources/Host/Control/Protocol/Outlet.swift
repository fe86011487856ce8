/// The way back to one peer. Confined to the control loop.
protocol Outlet: AnyObject {
    /// Appends to what waits to be sent; false at the bound, or when the peer has gone.
    func send(_ write: (inout [UInt8]) -> Void) -> Bool
    /// An answer will follow; while many are owed no more is read.
    func owe()
    /// An answer that was owed has been sent.
    func settle()
    func close()
    /// Bytes that the peer has not read yet.
    var queuedBytes: Int { get }
}
