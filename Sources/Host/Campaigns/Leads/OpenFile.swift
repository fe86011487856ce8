import Glibc

/// A file that is closed when nobody has it any more.
final class OpenFile {
    let descriptor: Int32

    /// - Throws: the path, what the system says, and `advice`.
    init(_ path: String, _ flags: Int32, advice: String) throws(LeadImportFailure) {
        // A pipe that nobody writes to must not be waited for.
        descriptor = open(path, flags | O_CLOEXEC | O_NONBLOCK, 0o600)
        guard descriptor >= 0 else {
            throw LeadImportFailure("\(path): \(String(cString: strerror(errno))); \(advice)")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Bytes, and when it was written in nanoseconds; nil: it is no file.
    var facts: (size: Int, stamp: Int64)? {
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
        let stamp = Int64(facts.st_mtim.tv_sec) * 1_000_000_000 + Int64(facts.st_mtim.tv_nsec)
        return (Int(facts.st_size), stamp)
    }
}
