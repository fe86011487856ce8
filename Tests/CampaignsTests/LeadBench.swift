import Core
import Glibc
import JSONKit
import Services
import Store
import Synchronization

@testable import Campaigns

/// A store in a folder of its own, and files beside it.
final class LeadBench {
    let folder: String
    let store: Store
    static let now = Timestamp(unixMilliseconds: 1_795_500_000_000)

    init(postgres url: String? = nil) throws {
        var template = Array("/tmp/patchbay-leads-XXXXXX".utf8CString)
        folder = String(cString: mkdtemp(&template))
        let engine = url.map { url in StoreEngine.postgres(url: url, password: { nil }) } ?? .sqlite
        store = try Store(StateFolder("\(folder)/state"), engine: engine, host: "a")
    }

    deinit {
        store.close()
        _ = system("rm -rf '\(folder)'")
    }

    func write(_ name: String, _ bytes: [UInt8]) -> String {
        let path = "\(folder)/\(name)"
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(1 << 20))
            rest = rest.dropFirst(max(0, Glibc.write(file, part, part.count)))
        }
        close(file)
        return path
    }

    func write(_ name: String, _ text: String) -> String { write(name, Array(text.utf8)) }

    /// The lines of a file as JSON; nil: there is none.
    func lines(_ path: String) throws -> [JSON]? {
        let file = open(path, O_RDONLY)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
        while case let count = read(file, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
        return try bytes.split(separator: 10).map { try JSON(parsing: String(decoding: $0, as: UTF8.self)) }
    }

    func run(
        _ path: String,
        list: String = "l",
        name: String = "one",
        until batches: Int = .max,
        _ change: (inout LeadSource) -> Void = { _ in }
    ) async throws -> LeadTally {
        var source = LeadSource(path: path, list: list)
        source.country = "US"
        change(&source)
        let count = Mutex(0)
        return try await LeadImport(store, source, name: name, now: { Self.now }).run { _, _ in
            count.withLock { count in
                count += 1
                return count < batches
            }
        }
    }

    /// A number that may be called, of many.
    static func number(_ index: Int) -> String { "+1212" + String(2_000_000 + index) }
}
