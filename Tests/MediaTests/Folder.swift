import Glibc
import Testing

/// A folder of a test's own, gone with the test.
final class Folder {
    private let root: String

    init() throws {
        var template = Array("/tmp/patchbay-media-XXXXXX".utf8CString)
        root = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    deinit {
        if let entries = opendir(root) {
            while let entry = readdir(entries) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                unlink(path(name))
            }
            closedir(entries)
        }
        rmdir(root)
    }

    func path(_ name: String) -> String { root + "/" + name }
}
