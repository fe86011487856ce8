import JSONKit
import PluginHost

/// Stores, reads and removes blobs through a blobs plugin.
struct BlobsDesk {
    let bench: PluginBench
    let plugin: String

    /// What storing emits. `pieces` at a time: how the bytes are cut.
    func put(_ key: String, _ text: String, piece: Int = .max, type: String = "audio/wav", ends: Bool = true) throws
        -> [Emitted]
    {
        let options: JSON = ["key": .string(key), "content_type": .string(type)]
        let bytes = Array(text.utf8)
        return try bench.run(plugin, "patchbay.blobs/1", options: options, seconds: ends ? 30 : 0) { stream in
            var start = 0
            while start < bytes.count {
                let end = start + min(piece, bytes.count - start)
                let pushed = bytes[start..<end].withUnsafeBytes { bytes in
                    Result { () throws(PluginError) in try stream.push(bytes: bytes, item: 0) }
                }
                try pushed.get()
                start = end
            }
            if ends { try stream.end() }
        }
    }

    private func ask(_ key: String, _ op: String) throws -> [Emitted] {
        let options: JSON = ["key": .string(key), "op": .string(op)]
        return try bench.run(plugin, "patchbay.blobs/1", options: options, seconds: 30) { try $0.end() }
    }

    /// The bytes of a blob, of letters only.
    func get(_ key: String) throws -> String {
        let emitted = try ask(key, "get")
        guard emitted.last == .end else { throw Files.Unreadable(path: "\(emitted.last.map { "\($0)" } ?? "nothing")") }
        return emitted.map { if case .bytes(let text) = $0 { text } else { "" } }.joined()
    }

    func delete(_ key: String) throws -> [Emitted] { try ask(key, "delete") }

    /// Why it could not be read.
    func failureOfGetting(_ key: String) throws -> PluginFailure { try Self.failure(ask(key, "get")) }

    static func failure(_ emitted: [Emitted]) throws -> PluginFailure {
        guard case .failed(let failure)? = emitted.last else {
            throw Files.Unreadable(path: "no failure, but \(emitted)")
        }
        return failure
    }

    static func answer(_ emitted: [Emitted]) throws -> JSON {
        guard case .json(let json, _)? = emitted.first, emitted.last == .end else {
            throw Files.Unreadable(path: "no answer, but \(emitted)")
        }
        return json
    }

    /// Letters; no two stretches of a mebibyte are the same.
    static func letters(_ count: Int) -> String {
        var state: UInt32 = 1
        var block = (0..<1 << 20).map { _ -> UInt8 in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(97 + (state >> 24) % 26)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for number in 0...count >> 20 {
            block[number] = UInt8(ascii: "-")
            bytes += block.prefix(count - bytes.count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
