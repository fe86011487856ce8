import CLinux
import Core
import Glibc
import JSONKit
import PluginAPI

/// One loaded file of one plugin, from a private copy that nobody writes to.
///
/// The dynamic loader answers a path or an inode it already holds with the old mapping, however the file behind it
/// changed, and a file that is written over while mapped kills the process: hence the copy. Code with Swift in it is
/// never unmapped, because the Swift runtime keeps pointers into every image it has seen.
///
/// Unchecked: everything is constant once loaded.
final class Library: @unchecked Sendable {
    let table: UnsafePointer<pb_plugin>
    let digest: String
    let copy: String
    let isSwift: Bool
    private let handle: UnsafeMutableRawPointer
    /// The exported function, which may be called more than once.
    let entry: @convention(c) () -> UnsafePointer<pb_plugin>?

    var name: String { String(table.pointee.name) }
    var kind: String { String(table.pointee.kind) }
    var version: String { String(table.pointee.version) }
    var schema: String { String(table.pointee.config_schema) }
    var blocks: Bool { table.pointee.flags & UInt32(PB_PLUGIN_BLOCKS) != 0 }
    /// It may be unmapped with its last instance.
    var isUnloadable: Bool { table.pointee.flags & UInt32(PB_PLUGIN_UNLOADABLE) != 0 && !isSwift }

    /// Copies `path` into `folder` under a name of its own and loads the copy.
    init(path: String, folder: String, serial: Int) throws(PluginError) {
        let image = try ElfImage(path: path)
        guard image.isPlugin else {
            throw .incompatible(path: path, reason: "exports no patchbay_plugin_v1; is it a Patchbay plugin?")
        }
        digest = Digest.sha256(image.bytes)
        copy = "\(folder)/\(digest.prefix(16)).\(serial).so"
        isSwift = image.hasSwift
        try Self.write(image.bytes, to: copy)
        guard Digest.sha256(try ElfImage(path: copy).bytes) == digest else {
            throw .unreadable(path: path, reason: "its private copy \(copy) was changed by somebody")
        }
        if let known = clinux_dlopen(copy, 0, 1) {
            dlclose(known)
            throw .unreadable(path: path, reason: "its private copy \(copy) is loaded already")
        }
        guard let handle = clinux_dlopen(copy, isSwift ? 1 : 0, 0) else {
            let reason = dlerror().map { String(cString: $0) } ?? "the dynamic loader refused it"
            unlink(copy)
            throw .unreadable(path: path, reason: reason)
        }
        self.handle = handle
        guard let symbol = dlsym(handle, "patchbay_plugin_v1") else {
            throw .incompatible(path: path, reason: "its patchbay_plugin_v1 is not found by the dynamic loader")
        }
        entry = unsafeBitCast(symbol, to: (@convention(c) () -> UnsafePointer<pb_plugin>?).self)
        guard let table = entry() else {
            throw .incompatible(path: path, reason: "patchbay_plugin_v1 returned nothing")
        }
        self.table = table
        try Self.check(table.pointee, path: path)
    }

    private static func check(_ table: pb_plugin, path: String) throws(PluginError) {
        guard table.abi == UInt32(PB_ABI) else {
            throw .incompatible(path: path, reason: "is made for ABI \(table.abi); this host speaks ABI \(PB_ABI)")
        }
        let size = MemoryLayout<pb_plugin>.size
        guard table.size == UInt32(size) else {
            throw .incompatible(
                path: path,
                reason: "its pb_plugin has \(table.size) bytes, ours \(size): build it with our headers"
            )
        }
        guard table.name.length > 0, Core.Kind(rawValue: String(table.kind)) != nil else {
            let kinds = Core.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw .incompatible(path: path, reason: "its kind is \"\(String(table.kind))\"; known are \(kinds)")
        }
        guard table.create != nil, table.find != nil, table.destroy != nil else {
            throw .incompatible(path: path, reason: "create, find and destroy must be set")
        }
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(PluginError) {
        unlink(path)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o700)
        guard descriptor >= 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress.map { $0 + written }, bytes.count - written)
            }
            guard count > 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
            written += count
        }
    }

    deinit {
        if isUnloadable {
            dlclose(handle)
            if Self.isMapped(copy) {
                Log("plugins").warning(
                    "a plugin says that it can be unloaded, and stays mapped; is it C++ with unique symbols?",
                    ["plugin": .string(digest)]
                )
            }
        }
        unlink(copy)
    }

    /// Whether this process has any page of the file.
    static func isMapped(_ path: String) -> Bool {
        guard let maps = fopen("/proc/self/maps", "r") else { return false }
        defer { fclose(maps) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, maps) > 0 {
            if let line, strstr(line, path) != nil { return true }
        }
        return false
    }
}

extension String {
    /// A text that C lends.
    init(_ text: pb_text) {
        self.init(
            decoding: UnsafeRawBufferPointer(start: text.bytes, count: text.bytes == nil ? 0 : Int(text.length)),
            as: UTF8.self
        )
    }
}
