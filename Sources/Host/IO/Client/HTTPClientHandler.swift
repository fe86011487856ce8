/// Gets the answer to one request. Called on the client's loop, and must not block.
public protocol HTTPClientHandler: AnyObject, Sendable {
    /// The status and all headers, names in lower case.
    func head(status: Int, headers: [(name: String, value: String)])
    /// A piece of the body, valid until the call returns.
    func body(_ bytes: UnsafeRawBufferPointer)
    /// The last call; nil when the answer is complete.
    func done(_ failure: IOFailure?)
}
