/// Why bytes are no WAV file that can be read.
public struct WAVProblem: Error, Equatable, Sendable, CustomStringConvertible {
    /// The end of a sentence that begins with the file.
    public let description: String

    init(_ description: String) { self.description = description }
}
