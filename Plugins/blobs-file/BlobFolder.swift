import Glibc
import PluginKit

/// The folder of all blobs. What is being written has no name in it yet: it lies in `.partial`.
struct BlobFolder: Sendable {
    /// Absolute, so that a blob's URL is.
    let path: String
    private var partial: String { path + "/.partial" }

    init(_ path: String) throws(PluginProblem) {
        if path.hasPrefix("/") {
            self.path = path
        } else {
            var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
            guard getcwd(&buffer, buffer.count) != nil else { throw Self.problem("no current folder") }
            let end = buffer.firstIndex(of: 0) ?? buffer.endIndex
            self.path = String(decoding: buffer[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self) + "/" + path
        }
        try prepare()
    }

    func prepare() throws(PluginProblem) {
        try Self.make(partial)
        guard access(path, W_OK | X_OK) == 0 else { throw Self.problem("folder: cannot write to \(path)") }
    }

    /// Begins a file for a key; it gets its name when it is complete.
    func begin(_ key: BlobKey) throws(PluginProblem) -> PartialFile {
        try prepare()
        return try PartialFile(in: partial, target: "\(path)/\(key.path)", folders: key.folders, root: path)
    }

    /// Opens a blob to read it.
    func read(_ key: BlobKey) throws(PluginProblem) -> Int32 {
        let descriptor = open("\(path)/\(key.path)", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        if descriptor < 0, errno == ENOENT || errno == ENOTDIR {
            throw PluginProblem(.refused, "there is no blob \(key.path) in \(path)")
        }
        guard descriptor >= 0 else { throw Self.problem("cannot read \(path)/\(key.path)") }
        return descriptor
    }

    /// Removes a blob for good; false where there was none.
    func remove(_ key: BlobKey) throws(PluginProblem) -> Bool {
        let file = "\(path)/\(key.path)"
        guard unlink(file) == 0 else {
            guard errno == ENOENT || errno == ENOTDIR else { throw Self.problem("cannot remove \(file)") }
            return false
        }
        try Self.synchronise(([path] + key.folders).joined(separator: "/"))
        return true
    }

    /// Removes what a killed process left behind: what is alive is locked.
    func sweep() {
        guard let directory = opendir(partial) else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard !name.hasPrefix(".") else { continue }
            let descriptor = open("\(partial)/\(name)", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink("\(partial)/\(name)") }
            close(descriptor)
        }
    }

    /// Makes a folder and those above it.
    static func make(_ path: String) throws(PluginProblem) {
        var made = ""
        for part in path.split(separator: "/") {
            made += "/\(part)"
            guard mkdir(made, 0o700) == 0 || errno == EEXIST else { throw problem("cannot make the folder \(made)") }
        }
    }

    /// The names in a folder are safe once this returns.
    static func synchronise(_ folder: String) throws(PluginProblem) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw problem("cannot open the folder \(folder)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw problem("cannot make the folder \(folder) safe") }
    }

    static func problem(_ text: String) -> PluginProblem {
        PluginProblem(.unavailable, "\(text): \(String(cString: strerror(errno)))")
    }
}
