import Glibc

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
        func number(_ offset: Int, _ count: Int) -> Int {
            (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
        }
        func name(_ offset: Int) -> String { String(decoding: bytes[offset..<offset + 4], as: UTF8.self) }
        guard bytes.count >= 12, name(0) == "RIFF", name(8) == "WAVE" else {
            throw .notWAV(path: path, why: "it does not begin with RIFF and WAVE")
        }
        var format: (coding: Int, channels: Int, rate: Int, bits: Int)?
        var data: Range<Int>?
        var offset = 12
        while offset + 8 <= bytes.count, data == nil {
            let start = offset + 8
            let end = min(start + number(offset + 4, 4), bytes.count)
            switch name(offset) {
            case "fmt " where end - start >= 16:
                let extended = number(start, 2) == 0xFFFE && end - start >= 26
                format = (
                    number(start + (extended ? 24 : 0), 2), number(start + 2, 2), number(start + 4, 4),
                    number(start + 14, 2)
                )
            case "data": data = start..<end
            default: break
            }
            // Chunks begin at even offsets.
            offset = end + (end - start) % 2
        }
        guard let format else { throw .notWAV(path: path, why: "it has no format") }
        guard let data else { throw .notWAV(path: path, why: "it has no samples") }
        guard (1...64).contains(format.channels), (1...768_000).contains(format.rate) else {
            throw .notWAV(path: path, why: "\(format.channels) channels at \(format.rate) Hz")
        }
        sampleRate = format.rate
        channels = format.channels
        let raw = bytes[data]
        switch (format.coding, format.bits) {
        case (1, 16):
            samples = stride(from: raw.startIndex, to: raw.endIndex - 1, by: 2).map {
                Int16(truncatingIfNeeded: Int(raw[$0]) | Int(raw[$0 + 1]) << 8)
            }
        case (7, 8): samples = raw.map { G711.decode($0, .mu) }
        case (6, 8): samples = raw.map { G711.decode($0, .a) }
        default: throw .notWAV(path: path, why: "coding \(format.coding) with \(format.bits) bits is not supported")
        }
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
