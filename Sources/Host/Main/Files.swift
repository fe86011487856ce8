import Glibc

/// Reading small files and resolving paths at start; nothing here runs while calls are live.
enum Files {
    /// The whole of a file, or nil with `errno` set.
    static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &piece, piece.count)
            guard count >= 0 else { return nil }
            guard count > 0 else { return content }
            content += piece[0..<count]
        }
    }

    /// Makes a file, or replaces one.
    static func write(_ text: String, to path: String) throws(StartFailure) {
        let bytes = Array(text.utf8)
        guard let file = fopen(path, "w") else { throw StartFailure("\(path): \(lastError())") }
        let isWritten = fwrite(bytes, 1, bytes.count, file) == bytes.count
        guard fclose(file) == 0, isWritten else { throw StartFailure("\(path): \(lastError())") }
    }

    /// What the last failed call said.
    static func lastError() -> String { String(cString: strerror(errno)) }

    /// An absolute path without `.` and `..`, starting from `base` or the working directory.
    static func absolute(_ path: String, from base: String? = nil) -> String {
        let start = path.hasPrefix("/") ? "" : base ?? workingDirectory()
        var parts: [Substring] = []
        for part in "\(start)/\(path)".split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// The folder that holds `path`.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Whether something is there.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The folder of the running binary.
    static func binaryFolder() -> String {
        guard let path = realpath("/proc/self/exe", nil) else { return workingDirectory() }
        defer { free(path) }
        return folder(of: String(cString: path))
    }

    private static func workingDirectory() -> String {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(cString: path)
    }

    /// A new folder of this process in $TMPDIR, else in /tmp. Those that killed processes left there are removed.
    static func makeFolder(_ name: String) throws(StartFailure) -> String {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        for other in entries(of: base) where other.hasPrefix("\(name).") {
            let process = other.split(separator: ".").dropFirst().first.flatMap { pid_t($0) }
            if let process, kill(process, 0) != 0, errno == ESRCH { removeFolder("\(base)/\(other)") }
        }
        var template = Array("\(base)/\(name).\(getpid()).XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw StartFailure("no folder can be made in \(base): \(lastError())") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes a folder and the files in it.
    static func removeFolder(_ folder: String) {
        for name in entries(of: folder) { unlink("\(folder)/\(name)") }
        rmdir(folder)
    }

    /// The names in a folder; none where it cannot be read.
    static func entries(of folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            )
        }
        return names
    }

    /// What this machine is called.
    static func hostName() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "host" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
