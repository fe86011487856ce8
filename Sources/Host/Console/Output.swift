/// Where the command line writes. Tests collect it.
protocol Output: AnyObject, Sendable {
    /// What was asked for.
    func print(_ text: String)
    /// What went wrong.
    func complain(_ text: String)
    /// Columns of a terminal; nil: no terminal, lines may have any length.
    var width: Int? { get }
    /// Whether letters may be coloured.
    var hasColour: Bool { get }
}
