/// A request or an event that makes no sense to a warehouse, however often it is tried. The text names the member and the
/// fix.
public struct WarehouseError: Error, Equatable, Sendable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) { self.text = text }

    public var description: String { text }
}
