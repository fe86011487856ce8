import Glibc

/// Where tests find and leave files.
enum Scratch {
    /// Where SwiftPM put the libraries: beside the test runner.
    static let libraries: String = {
        let path = CommandLine.arguments[0]
        return String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
    }()

    static let provider = "\(libraries)/libfake-provider.so"
    static let scripted = "\(libraries)/libscripted-provider.so"

    /// A new folder of its own; nobody else's business.
    static func folder() -> String {
        var template = Array("/tmp/patchbay-test-XXXXXX".utf8CString)
        return String(cString: mkdtemp(&template))
    }

    /// Removes a folder of ours and what the tests left in it.
    static func remove(_ folder: String) {
        guard folder.hasPrefix("/tmp/patchbay-test-"), let directory = opendir(folder) else { return }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name != ".", name != ".." else { continue }
            if unlink("\(folder)/\(name)") != 0 { remove("\(folder)/\(name)") }
        }
        closedir(directory)
        rmdir(folder)
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func read(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
