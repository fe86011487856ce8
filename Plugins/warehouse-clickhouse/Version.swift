import JSONKit
import WarehouseKit

/// A server's version, and what it can.
struct Version: Sendable, Comparable {
    let major: Int
    let minor: Int

    /// As `18.16.1` or `25.3.2.39`; one that cannot be read is taken for the oldest.
    init(_ text: String) {
        let parts = text.split(separator: ".").map { Int($0) ?? 0 }
        (major, minor) = (parts.first ?? 0, parts.dropFirst().first ?? 0)
    }

    private init(_ major: Int, _ minor: Int) { (self.major, self.minor) = (major, minor) }

    static func < (left: Version, right: Version) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    var hasMilliseconds: Bool { self >= Version(20, 3) }
    var hasParameters: Bool { self >= Version(20, 3) }
    var hasTokens: Bool { self >= Version(22, 3) }
    var hasDeduplicationWindow: Bool { self >= Version(22, 3) }
    /// Newer ones would answer before an insert is done.
    var hasAsynchronousInserts: Bool { self >= Version(21, 11) }

    /// A statement with its values: as parameters where the server knows them, else as literals of our own making.
    func bind(_ statement: Statement, _ window: Window) -> (sql: String, parameters: [(String, String)]) {
        var sql = ""
        var parameters: [(String, String)] = []
        for (number, piece) in statement.sql.split(separator: "?", omittingEmptySubsequences: false).enumerated() {
            sql += piece
            guard statement.parameters.indices.contains(number) else { continue }
            let (value, type) = value(statement.parameters[number], window)
            if hasParameters {
                parameters.append(("p\(number)", value))
                sql += "{p\(number):\(type)}"
            } else {
                sql += type == "UInt64" ? value : "toDateTime('\(value.prefix(19))', 'UTC')"
            }
        }
        return (sql, parameters)
    }

    private func value(_ parameter: Statement.Parameter, _ window: Window) -> (value: String, type: String) {
        switch parameter {
        case .from: (window.from.spaced, "DateTime64(3, 'UTC')")
        case .to: (window.to.spaced, "DateTime64(3, 'UTC')")
        case .limit: (String(window.limit), "UInt64")
        }
    }
}
