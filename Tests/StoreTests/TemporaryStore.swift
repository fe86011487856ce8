import Glibc
import Services
import Store

/// What the store's tests run on, all of them alike.
enum TestEngine: String, CaseIterable, Sendable {
    case sqlite, postgres
}

/// One PostgreSQL for all tests; each takes a database of its own. It ends with this process.
enum SharedPostgres {
    nonisolated(unsafe) private static let server = Result { try PostgresServer() }
    private static let lock = Gate()

    static func database() throws -> String { try lock.whileHeld { try server.get().database() } }
}

/// Tests ask from several threads.
final class Gate: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    init() { pthread_mutex_init(mutex, nil) }

    func whileHeld<Value>(_ body: () throws -> Value) rethrows -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }
}

/// A store in a folder of its own, and a database of its own, removed afterwards.
final class TemporaryStore {
    let path: String
    /// Of the PostgreSQL database; empty for SQLite.
    let url: String
    private(set) var store: Store?

    init(_ engine: TestEngine = .sqlite) throws {
        var template = Array("/tmp/patchbay-store-XXXXXX".utf8CString)
        path = String(cString: mkdtemp(&template))
        url = engine == .postgres ? try SharedPostgres.database() : ""
        try open()
    }

    deinit {
        store?.close()
        _ = system("rm -rf '\(path)'")
    }

    func open() throws {
        let url = url
        store = try Store(
            StateFolder(path),
            engine: url.isEmpty ? .sqlite : .postgres(url: url, password: { nil }),
            host: "a"
        )
    }

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
