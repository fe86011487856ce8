import Glibc
import JSONKit

/// The file that tells of rows that are no leads, beside the file that they stand in: line and reason, a JSON object a line.
final class RefusedRows {
    private let path: String
    private let file: OpenFile
    private var waiting: [UInt8] = []
    /// Bytes that are in it.
    private(set) var length: Int

    /// Goes on behind `length` bytes: what was written after the last commit is dropped.
    init(_ path: String, length: Int) throws(LeadImportFailure) {
        (self.path, self.length) = (path, length)
        let advice = "the host tells there of rows that it refuses"
        file = try OpenFile(path, O_WRONLY | O_CREAT | O_NOFOLLOW, advice: advice)
        guard ftruncate(file.descriptor, off_t(length)) == 0,
            lseek(file.descriptor, off_t(length), SEEK_SET) >= 0
        else { throw LeadImportFailure("\(path): \(String(cString: strerror(errno))); \(advice)") }
    }

    func add(line: Int, _ reason: String) {
        let row: JSON = ["line": .int(Int64(line)), "reason": .string(reason)]
        waiting += Array(row.description.utf8) + [10]
    }

    /// On the disk when it returns.
    func write() throws(LeadImportFailure) {
        guard !waiting.isEmpty else { return }
        var rest = waiting[...]
        while !rest.isEmpty {
            let part = Array(rest)
            let count = Glibc.write(file.descriptor, part, part.count)
            guard count > 0 else {
                throw LeadImportFailure("\(path): \(String(cString: strerror(errno)))", isRetryable: true)
            }
            rest = rest.dropFirst(count)
        }
        fdatasync(file.descriptor)
        length += waiting.count
        waiting = []
    }

    /// A file that tells of nothing is not left behind.
    func removeIfEmpty() { if length == 0 { unlink(path) } }
}
