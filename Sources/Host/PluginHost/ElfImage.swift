import Glibc

/// What can be told about a library before it is loaded: reading it runs none of its code.
struct ElfImage {
    let bytes: [UInt8]
    /// It has sections of the Swift runtime.
    let hasSwift: Bool

    private static let largest = 256 << 20

    init(path: String) throws(PluginError) {
        bytes = try Self.read(path)
        guard bytes.count >= 64, bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else {
            throw .unreadable(path: path, reason: "is no ELF library; give the path of a .so file")
        }
        var host = UInt16(62)
        #if arch(arm64)
            host = 183
        #endif
        guard bytes[4] == 2, bytes[5] == 1, Self.word16(bytes, 18) == host else {
            throw .unreadable(path: path, reason: "is a library for another machine")
        }
        guard Self.word16(bytes, 16) == 3 else {
            throw .unreadable(
                path: path,
                reason: "is a program or an object file, not a shared library; link it with -shared"
            )
        }
        let sections = Int(Self.word64(bytes, 40))
        let size = Int(Self.word16(bytes, 58))
        let count = Int(Self.word16(bytes, 60))
        guard sections >= 64, sections <= bytes.count, sections + size * count <= bytes.count else {
            throw .unreadable(path: path, reason: "is cut off: its section table lies outside the file")
        }
        hasSwift = Self.sectionNames(bytes, sections, size, count).contains { $0.hasPrefix("swift5_") }
    }

    private static func sectionNames(_ bytes: [UInt8], _ table: Int, _ size: Int, _ count: Int) -> [String] {
        guard size >= 64 else { return [] }
        let index = Int(word16(bytes, 62))
        guard index < count else { return [] }
        let names = Int(truncatingIfNeeded: word64(bytes, table + index * size + 24))
        return (0..<count).compactMap { section in
            let start = names &+ Int(word32(bytes, table + section * size))
            // An empty section proves nothing: every C plugin that SwiftPM links has those.
            guard start > 0, start < bytes.count, word64(bytes, table + section * size + 32) > 0 else { return nil }
            return String(decoding: bytes[start...].prefix(64).prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    private static func read(_ path: String) throws(PluginError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
            throw .unreadable(path: path, reason: "is not a file")
        }
        guard info.st_size <= largest else { throw .unreadable(path: path, reason: "is larger than 256 MB") }
        var content = [UInt8](repeating: 0, count: Int(info.st_size))
        var filled = 0
        while filled < content.count {
            let wanted = content.count - filled
            let count = content.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress.map { $0 + filled }, wanted)
            }
            guard count > 0 else { throw .unreadable(path: path, reason: "changed while it was read") }
            filled += count
        }
        return content
    }

    private static func word16(_ bytes: [UInt8], _ at: Int) -> UInt16 { UInt16(bytes[at]) | UInt16(bytes[at + 1]) << 8 }

    private static func word32(_ bytes: [UInt8], _ at: Int) -> UInt32 {
        UInt32(word16(bytes, at)) | UInt32(word16(bytes, at + 2)) << 16
    }

    private static func word64(_ bytes: [UInt8], _ at: Int) -> UInt64 {
        UInt64(word32(bytes, at)) | UInt64(word32(bytes, at + 4)) << 32
    }
}
