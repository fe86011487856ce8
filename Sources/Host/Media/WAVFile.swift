import Glibc
import SoundKit

/// A WAV file in memory: 16-bit PCM, mu-law or A-law. Where the header promises more than is there, as in a file still
/// being written, what is there counts.
public struct WAVFile: Sendable {
    public let sampleRate: Int
    public let channels: Int
    /// The channels take turns.
    public let samples: [Int16]

    /// The largest file that is read: 1 GB.
    public static var largest: Int { 1 << 30 }

    /// Reads a file. Blocks on the disk.
    public init(reading path: String) throws(MediaError) {
        try self.init(Self.contents(of: path), path: path)
    }

    /// Reads a file's bytes. `path` is for errors only.
    public init(_ bytes: [UInt8], path: String = "") throws(MediaError) {
        var stream = WAVStream()
        do throws(WAVProblem) {
            let result = bytes.withUnsafeBytes { bytes in
                Result { () throws(WAVProblem) in try stream.feed(bytes) }
            }
            samples = try result.get()
            try stream.finish()
        } catch { throw .notWAV(path: path, why: error.description) }
        guard let format = stream.format else { throw .notWAV(path: path, why: "it has no format") }
        (sampleRate, channels) = (format.sampleRate, format.channels)
    }

    /// Samples of one channel.
    public var count: Int { samples.count / channels }

    /// One channel by itself; 0 is the first, the caller's in a recording.
    public func channel(_ index: Int) -> [Int16] {
        precondition((0..<channels).contains(index), "there is no such channel")
        return (0..<count).map { samples[$0 * channels + index] }
    }

    private static func contents(of path: String) throws(MediaError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(path: path, operation: "open", code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .file(path: path, operation: "inspect", code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notWAV(path: path, why: "it is no regular file") }
        guard status.st_size <= Self.largest else { throw .notWAV(path: path, why: "it is larger than 1 GB") }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress?.advanced(by: filled), $0.count - filled, filled)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .file(path: path, operation: "read", code: errno) }
            guard count > 0 else { break }
            filled += count
        }
        return Array(bytes[..<filled])
    }
}
