import Glibc
import Store

/// A store in a folder of its own, removed afterwards.
final class TemporaryStore {
    let path: String
    private(set) var store: Store?

    init() throws {
        var template = Array("/tmp/patchbay-store-XXXXXX".utf8CString)
        path = String(cString: mkdtemp(&template))
        try open()
    }

    deinit {
        store?.close()
        _ = system("rm -rf '\(path)'")
    }

    func open() throws { store = try Store(StateFolder(path)) }

    /// Closes, and lets the folder's lock go.
    func close() {
        store?.close()
        store = nil
    }

    /// Closes and opens again, as a restart does.
    func reopen() throws {
        close()
        try open()
    }
}
