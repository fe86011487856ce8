import Glibc
import JSONKit
import PluginKit

extension DayFile {
    /// The days of which there are files.
    static func days(in folder: String) throws(PluginProblem) -> [String] {
        guard let directory = opendir(folder) else { throw problem("cannot read the folder \(folder)") }
        defer { closedir(directory) }
        var days: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasPrefix("outcomes-"), name.hasSuffix(".jsonl") else { continue }
            days.append(String(name.dropFirst(9).dropLast(6)))
        }
        return days.sorted()
    }

    /// Writes `{"id", "erased": true}` and spaces over every record in which one of the keys stands as a whole text. In place:
    /// others may have the file open, and references count its lines. Safe on disk when it returns; how many there were.
    func erase(keys: [String]) throws(PluginProblem) -> Int {
        let needles = keys.map { Array("\"\($0)\"".utf8) }
        try lock()
        defer { unlock() }
        try readNews()
        // What is written through a descriptor that appends goes to the end, wherever it was to go.
        let writer = Glibc.open(path, O_RDWR | O_CLOEXEC)
        guard writer >= 0 else { throw Self.problem("cannot open \(path)") }
        defer { _ = Glibc.close(writer) }
        var bytes = [UInt8](repeating: 0, count: known)
        guard pread(writer, &bytes, known, 0) == known else { throw Self.problem("cannot read \(path)") }
        var (start, count) = (0, 0)
        while start < bytes.count, let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            defer { start = end + 1 }
            let line = bytes[start..<end]
            guard needles.contains(where: { line.firstRange(of: $0) != nil }) else { continue }
            let id = line.withUnsafeBytes { bytes in (try? JSON(parsing: bytes))?["id"] } ?? ""
            var blank = Array(JSON.object(["id": id, "erased": true]).description.utf8)
            if blank.count > line.count { blank = Array("{}".utf8) }
            blank += Array(repeating: UInt8(ascii: " "), count: line.count - blank.count)
            guard pwrite(writer, blank, blank.count, off_t(start)) == blank.count else {
                throw Self.problem("cannot write \(path)")
            }
            count += 1
        }
        guard fdatasync(writer) == 0 else { throw Self.problem("cannot make \(path) safe") }
        return count
    }
}
