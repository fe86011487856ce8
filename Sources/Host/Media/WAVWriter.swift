import Glibc

/// Writes a WAV file of 16-bit samples. Its header is right after every `append`, so what a killed process leaves behind
/// can be played. Every call may block on the disk: never on a loop; calls use `Recording`.
public struct WAVWriter: ~Copyable {
    public let path: String
    public let channels: Int
    public let sampleRate: Int
    /// Bytes of samples in the file.
    public private(set) var dataBytes = 0
    private var descriptor: Int32

    /// Makes the file, or empties the one that is there.
    public init(path: String, channels: Int, sampleRate: Int) throws(MediaError) {
        precondition(channels > 0 && sampleRate > 0, "a WAV file has channels and a rate")
        self.path = path
        self.channels = channels
        self.sampleRate = sampleRate
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(path: path, operation: "create", code: errno) }
        try writeHeader()
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Adds samples, the channels taking turns. After a failure the header still tells what was written before.
    public mutating func append(interleaved samples: Span<Int16>) throws(MediaError) {
        let bytes = samples.count * 2
        guard bytes > 0 else { return }
        guard dataBytes + bytes < Int(UInt32.max) - Self.headerLength else { throw .tooLong(path: path) }
        let end = Self.headerLength + dataBytes
        try samples.withUnsafeBytes { bytes throws(MediaError) in try write(bytes, at: end) }
        dataBytes += bytes
        try writeHeader()
    }

    /// Makes the file durable and closes it. Harmless the second time.
    public mutating func finish() throws(MediaError) {
        guard descriptor >= 0 else { return }
        let synced = fsync(descriptor)
        let code = errno
        close(descriptor)
        descriptor = -1
        guard synced == 0 else { throw .file(path: path, operation: "sync", code: code) }
    }

    static var headerLength: Int { 44 }

    static func header(dataBytes: Int, channels: Int, sampleRate: Int) -> [UInt8] {
        var header: [UInt8] = []
        header.reserveCapacity(headerLength)
        func number(_ value: Int, bytes: Int) {
            for index in 0..<bytes { header.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
        }
        header += "RIFF".utf8
        number(36 + dataBytes, bytes: 4)
        header += "WAVEfmt ".utf8
        number(16, bytes: 4)
        number(1, bytes: 2)
        number(channels, bytes: 2)
        number(sampleRate, bytes: 4)
        number(sampleRate * channels * 2, bytes: 4)
        number(channels * 2, bytes: 2)
        number(16, bytes: 2)
        header += "data".utf8
        number(dataBytes, bytes: 4)
        return header
    }

    private func writeHeader() throws(MediaError) {
        let header = Self.header(dataBytes: dataBytes, channels: channels, sampleRate: sampleRate)
        let span = header.span
        try span.withUnsafeBytes { bytes throws(MediaError) in try write(bytes, at: 0) }
    }

    private func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(MediaError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = pwrite(descriptor, rest.baseAddress, rest.count, offset + done)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .file(path: path, operation: "write", code: count < 0 ? errno : ENOSPC) }
            done += count
        }
    }
}
