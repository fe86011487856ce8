import Glibc
import JSONKit
import PluginKit

/// The records of one day: appended under a lock that other processes and generations respect, safe on disk before they
/// are acknowledged, each id once.
final class DayFile {
    let day: String
    let name: String
    let path: String
    let descriptor: Int32
    /// Up to where the file has been read; always the end of a line.
    private(set) var known = 0
    /// The line each id stands on, from 1.
    private var lines: [String: Int] = [:]
    private var lineCount = 0

    /// A line longer than this was not written here.
    private static let longestLine = 16 << 20

    init(folder: String, day: String) throws(PluginProblem) {
        (self.day, name) = (day, "outcomes-\(day).jsonl")
        path = "\(folder)/\(name)"
        descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND, 0o600)
        guard descriptor >= 0 else { throw Self.problem("cannot open \(path)") }
        try Self.synchronise(folder: folder)
    }

    deinit { if descriptor >= 0 { _ = Glibc.close(descriptor) } }

    /// False once somebody has moved or removed the file: a new one is due.
    var isStillThere: Bool {
        var (ours, theirs) = (stat(), stat())
        guard fstat(descriptor, &ours) == 0, stat(path, &theirs) == 0 else { return false }
        return ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev
    }

    /// Returns the record's line; writes it unless its id is there.
    func append(_ record: OutcomeRecord) throws(PluginProblem) -> Int {
        try lock()
        defer { unlock() }
        try readNews()
        if let line = lines[record.id] { return line }
        var bytes: [UInt8] = []
        record.json.write(into: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        do throws(PluginProblem) {
            try write(bytes)
            guard fdatasync(descriptor) == 0 else { throw Self.problem("cannot make \(path) safe") }
        } catch let problem {
            // Half a line must not precede the next one.
            _ = ftruncate(descriptor, off_t(known))
            throw problem
        }
        known += bytes.count
        lineCount += 1
        lines[record.id] = lineCount
        return lineCount
    }

    func lock() throws(PluginProblem) {
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw Self.problem("cannot lock \(path)") }
        }
    }

    func unlock() { _ = flock(descriptor, LOCK_UN) }

    private func write(_ bytes: [UInt8]) throws(PluginProblem) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { rest in
                Glibc.write(descriptor, rest.baseAddress.map { $0 + written }, rest.count - written)
            }
            if count > 0 { written += count } else if errno != EINTR { throw Self.problem("cannot write \(path)") }
        }
    }

    /// Reads what others have written since, drops a half line that a kill left, and makes the rest safe.
    func readNews() throws(PluginProblem) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.problem("cannot read \(path)") }
        let size = Int(status.st_size)
        if size < known { (known, lines, lineCount) = (0, [:], 0) }
        guard size > known else { return }
        var line: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        var position = known
        while position < size {
            let count = pread(descriptor, &buffer, min(buffer.count, size - position), off_t(position))
            guard count > 0 else { throw Self.problem("cannot read \(path)") }
            for byte in buffer[..<count] {
                position += 1
                guard byte == UInt8(ascii: "\n") else {
                    line.append(byte)
                    guard line.count <= Self.longestLine else {
                        throw PluginProblem(.fault, "\(path) holds a line of more than \(Self.longestLine) bytes")
                    }
                    continue
                }
                lineCount += 1
                known = position
                if let id = Self.id(of: line) { lines[id] = lineCount }
                line.removeAll(keepingCapacity: true)
            }
        }
        if known < size {
            guard ftruncate(descriptor, off_t(known)) == 0 else { throw Self.problem("cannot repair \(path)") }
        }
        guard fdatasync(descriptor) == 0 else { throw Self.problem("cannot make \(path) safe") }
    }

    private static func id(of line: [UInt8]) -> String? {
        line.withUnsafeBytes { bytes in try? JSON(parsing: bytes)["id"]?.string }
    }

    // MARK: Folders

    /// Makes the folder and those above it.
    static func prepare(folder: String) throws(PluginProblem) {
        var path = folder.hasPrefix("/") ? "" : "."
        for part in folder.split(separator: "/") {
            path += "/\(part)"
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw problem("cannot make the folder \(path)") }
        }
        guard access(folder, W_OK | X_OK) == 0 else { throw problem("folder: cannot write to \(folder)") }
    }

    /// A new file's name is safe only once its folder is.
    private static func synchronise(folder: String) throws(PluginProblem) {
        let descriptor = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw problem("cannot open the folder \(folder)") }
        defer { _ = Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw problem("cannot make the folder \(folder) safe") }
    }

    static func problem(_ text: String) -> PluginProblem {
        PluginProblem(.unavailable, "\(text): \(String(cString: strerror(errno)))")
    }
}
