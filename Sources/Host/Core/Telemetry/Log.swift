import Glibc
public import JSONKit
import Synchronization

/// The log of one component: one line an entry, on standard error.
///
/// Fields named like secrets are masked; `private` fields (words, phone numbers) are dropped unless the operator allows
/// them. Any thread. A line is one `write` of at most 4,096 bytes, so lines of several threads do not mix; a reader that
/// stops reading costs lines, which are counted, and never blocks the caller.
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
    private static let output = LogOutput()

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
        guard let line = line(settings, level, message, fields, personal) else { return }
        Self.output.write(line, to: settings.descriptor) { lost in
            LogLine(
                at: .now(),
                level: .warning,
                component: "log",
                message: "lines were lost: nobody read them",
                fields: ["lost": .int(Int64(clamping: lost))]
            ).bytes(settings.format)
        }
    }

    /// What is written of an entry under these settings; nil: nothing.
    func line(
        _ settings: Settings,
        _ level: Level,
        _ message: String,
        _ fields: JSONObject = [:],
        _ personal: JSONObject = [:]
    ) -> [UInt8]? {
        guard level >= settings.level else { return nil }
        var shown = fields
        if settings.showsPrivate { for (key, value) in personal { shown[key] = value } }
        return LogLine(at: .now(), level: level, component: component, message: message, fields: shown)
            .bytes(settings.format)
    }
}
