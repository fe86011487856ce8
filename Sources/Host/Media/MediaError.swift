import Glibc

/// What can fail in Media.
public enum MediaError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The operating system refused an operation on a file.
    case file(path: String, operation: String, code: Int32)
    /// The file is not a WAV file that can be read.
    case notWAV(path: String, why: String)
    /// A WAV file cannot be longer than 4 GB.
    case tooLong(path: String)
    /// There is no such conversion of rates.
    case resampler(from: Int, to: Int, why: String)

    public var description: String {
        switch self {
        case .file(let path, let operation, let code):
            "\(path): cannot \(operation): \(String(cString: strerror(code)))"
        case .notWAV(let path, let why): "\(path): not a readable WAV file: \(why)"
        case .tooLong(let path): "\(path): a WAV file ends at 4 GB"
        case .resampler(let from, let to, let why): "cannot resample from \(from) to \(to) Hz: \(why)"
        }
    }
}
