import Glibc
public import JSONKit
import Synchronization

/// The log of one component: one line an entry, on standard error.
///
/// Fields named like secrets are masked; `private` fields (words, phone numbers) are dropped unless the operator allows
/// them. Any thread. A line is one `write`, so lines of several threads do not mix.
public struct Log: Sendable {
    public enum Level: Int, Sendable, Comparable, CaseIterable {
        case debug, info, warning, error

        public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
        public var name: String { ["debug", "info", "warning", "error"][rawValue] }
    }

    public enum Format: Sendable { case text, json }

    /// What applies to the whole process.
    public struct Settings: Sendable {
        public var level: Level = .info
        public var format: Format = .text
        public var showsPrivate = false
        /// Where lines go.
        public var descriptor: Int32 = STDERR_FILENO

        public init() {}
    }

    private static let settings = Mutex(Settings())

    public static func configure(_ change: (inout Settings) -> Void) { settings.withLock { change(&$0) } }

    private let component: String

    public init(_ component: String) { self.component = component }

    public func debug(_ message: String, _ fields: JSONObject = [:], private personal: JSONObject = [:]) {
        write(.debug, message, fields, personal)
    }
    public func info(_ message: String, _ fields: JSONObject = [:], private personal: JSONObject = [:]) {
        write(.info, message, fields, personal)
    }
    public func warning(_ message: String, _ fields: JSONObject = [:], private personal: JSONObject = [:]) {
        write(.warning, message, fields, personal)
    }
    public func error(_ message: String, _ fields: JSONObject = [:], private personal: JSONObject = [:]) {
        write(.error, message, fields, personal)
    }

    public func write(_ level: Level, _ message: String, _ fields: JSONObject, _ personal: JSONObject) {
        let settings = Self.settings.withLock { $0 }
        guard level >= settings.level else { return }
        var shown = Self.masked(fields)
        if settings.showsPrivate { for (key, value) in Self.masked(personal) { shown[key] = value } }
        var line: [UInt8] = []
        switch settings.format {
        case .json:
            var object: JSONObject = [
                "at": .string(Timestamp.now().description), "level": .string(level.name),
                "component": .string(component), "message": .string(message),
            ]
            for (key, value) in shown { object[key] = value }
            JSON.object(object).write(into: &line)
        case .text:
            line += "\(Timestamp.now()) \(level.name.uppercased().padded(to: 7)) \(component): \(message)".utf8
            for (key, value) in shown {
                line += " \(key)=".utf8
                value.write(into: &line)
            }
        }
        line.append(UInt8(ascii: "\n"))
        _ = Glibc.write(settings.descriptor, line, line.count)
    }

    private static let secretWords = ["secret", "token", "password", "authorization", "api_key", "apikey"]

    private static func masked(_ fields: JSONObject) -> JSONObject {
        var result = fields
        for key in fields.keys {
            let name = key.lowercased()
            if secretWords.contains(where: { name.contains($0) }) { result[key] = "***" }
        }
        return result
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
