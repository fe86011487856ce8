import Glibc

/// Where tests find and leave files.
enum Scratch {
    /// Where SwiftPM put the libraries: beside the test runner.
    static let libraries: String = {
        let path = CommandLine.arguments[0]
        return String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
    }()

    static let provider = "\(libraries)/libfake-provider.so"

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
}
