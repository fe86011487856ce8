import Glibc

/// What can be told about a library before it is loaded: reading it runs none of its code.
struct ElfImage {
    /// A name that the library offers to whoever loads it.
    struct Export: Equatable {
        let name: String
        /// One for the whole process, however many libraries have it: two versions would share one variable.
        let isUnique: Bool
    }

    let bytes: [UInt8]
    /// It has sections of the Swift runtime.
    let hasSwift: Bool
    let exports: [Export]

    private static let largest = 256 << 20

    init(path: String) throws(PluginError) {
        bytes = try Self.read(path)
        let file = ElfFile(bytes)
        guard bytes.count >= 64, bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else {
            throw .unreadable(path: path, reason: "is no ELF library; give the path of a .so file")
        }
        var host = UInt16(62)
        #if arch(arm64)
            host = 183
        #endif
        guard bytes[4] == 2, bytes[5] == 1, file.word16(18) == host else {
            throw .unreadable(path: path, reason: "is a library for another machine")
        }
        guard file.word16(16) == 3 else {
            throw .unreadable(
                path: path,
                reason: "is a program or an object file, not a shared library; link it with -shared"
            )
        }
        guard let sections = file.sections else {
            throw .unreadable(path: path, reason: "is cut off: its section table lies outside the file")
        }
        // A mapped page that the file does not have is a bus error at the first touch.
        guard file.hasWholeSegments else {
            throw .unreadable(path: path, reason: "is cut off: a segment lies outside the file")
        }
        // An empty section proves nothing: every C plugin that SwiftPM links has those.
        hasSwift = sections.contains { $0.size > 0 && $0.name.hasPrefix("swift5_") }
        exports = file.exports(of: sections)
    }

    /// Whether it has the one symbol by which a plugin is known.
    var isPlugin: Bool { exports.contains { $0.name == "patchbay_plugin_v1" } }

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
}
