import CLinux
import Glibc

/// The folder of everything durable, held by one host at a time.
public final class StateFolder: Sendable {
    public let path: String
    private let lock: Int32

    /// Makes the folder if it is missing (mode 0700) and locks it for as long as this object lives.
    public init(_ path: String) throws(StoreError) {
        self.path = path
        try Self.make(path)
        let lockPath = "\(path)/lock"
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .cannotOpen(path: lockPath, reason: String(cString: strerror(errno))) }
        guard Self.lock(descriptor) else {
            var text = [UInt8](repeating: 0, count: 32)
            let count = max(0, read(descriptor, &text, text.count))
            close(descriptor)
            let pid = String(decoding: text[0..<count].prefix { $0 != 10 }, as: UTF8.self)
            throw .inUse(folder: path, holder: pid.isEmpty ? "another process" : "process \(pid)")
        }
        ftruncate(descriptor, 0)
        let pid = Array("\(getpid())\n".utf8)
        _ = write(descriptor, pid, pid.count)
        lock = descriptor
    }

    deinit { close(lock) }

    /// Tries for half a second: a host that is just ending, or a child of it that has not become its program yet, still
    /// holds the lock for an instant.
    private static func lock(_ descriptor: Int32) -> Bool {
        for _ in 0..<20 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            usleep(25_000)
        }
        return false
    }

    /// A folder inside, made if it is missing.
    public func subfolder(_ name: String) throws(StoreError) -> String {
        let inner = "\(path)/\(name)"
        try Self.make(inner)
        return inner
    }

    private static func make(_ path: String) throws(StoreError) {
        var made = ""
        for part in path.split(separator: "/") {
            made += "/\(part)"
            if mkdir(path.hasPrefix("/") ? made : String(made.dropFirst()), 0o700) != 0, errno != EEXIST {
                throw .cannotOpen(path: path, reason: String(cString: strerror(errno)))
            }
        }
    }

    /// Replaces a file in one step: whoever reads it sees the old content or the new one, also after a kill.
    public static func replace(_ path: String, with bytes: [UInt8]) throws(StoreError) {
        let temporary = "\(path).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .cannotOpen(path: temporary, reason: String(cString: strerror(errno))) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                write(descriptor, $0.baseAddress.map { $0 + written }, bytes.count - written)
            }
            guard count > 0 else { break }
            written += count
        }
        let isWhole = written == bytes.count && fsync(descriptor) == 0
        close(descriptor)
        guard isWhole, rename(temporary, path) == 0 else {
            throw .cannotOpen(path: path, reason: String(cString: strerror(errno)))
        }
    }
}
