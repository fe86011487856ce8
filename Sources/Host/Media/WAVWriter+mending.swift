import Glibc

extension WAVWriter {
    /// What is in a file that a writer left behind.
    public struct Remains: Sendable, Equatable {
        public let channels: Int
        public let sampleRate: Int
        /// Samples of one channel.
        public let frames: Int
    }

    /// Makes the header of a file that a killed process was writing tell what is in the file, cuts half a sample off its end,
    /// and makes it durable; nil where not even the header was written. Blocks on the disk.
    public static func mend(_ path: String) throws(MediaError) -> Remains? {
        let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw .file(path: path, operation: "open", code: errno) }
        defer { close(descriptor) }
        var status = stat()
        var header = [UInt8](repeating: 0, count: headerLength)
        guard fstat(descriptor, &status) == 0, pread(descriptor, &header, header.count, 0) == header.count,
            header.starts(with: "RIFF".utf8), header[8..<16].elementsEqual("WAVEfmt ".utf8)
        else { return nil }
        func number(_ place: Int, _ bytes: Int) -> Int {
            (0..<bytes).reduce(0) { $0 | Int(header[place + $1]) << (8 * $1) }
        }
        let (channels, sampleRate) = (number(22, 2), number(24, 4))
        guard channels > 0, sampleRate > 0 else { return nil }
        let frames = (Int(status.st_size) - headerLength) / (channels * 2)
        let dataBytes = frames * channels * 2
        let right = Self.header(dataBytes: dataBytes, channels: channels, sampleRate: sampleRate)
        if header != right || Int(status.st_size) != headerLength + dataBytes {
            guard ftruncate(descriptor, headerLength + dataBytes) == 0,
                pwrite(descriptor, right, right.count, 0) == right.count
            else { throw .file(path: path, operation: "mend", code: errno) }
        }
        guard fsync(descriptor) == 0 else { throw .file(path: path, operation: "sync", code: errno) }
        return Remains(channels: channels, sampleRate: sampleRate, frames: frames)
    }
}
