import Glibc
import JSONKit

/// Files that are committed beside the plugins.
enum TestData {
    /// The full path of `Plugins/<path>`.
    static func path(_ path: String, file: String = #filePath) -> String {
        // Tests/PluginTests/TestData.swift: three names up is the package.
        "/" + file.split(separator: "/").dropLast(3).joined(separator: "/") + "/Plugins/\(path)"
    }

    static func json(_ path: String) throws -> JSON { try JSON(parsing: Files.read(Self.path(path))) }
}

/// Whole files, for tests.
enum Files {
    struct Unreadable: Error { let path: String }

    static func read(_ path: String) throws -> String {
        guard let file = fopen(path, "r") else { throw Unreadable(path: path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer.prefix(count)
        }
    }

    static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else { throw Unreadable(path: path) }
        defer { fclose(file) }
        fputs(text, file)
    }
}
