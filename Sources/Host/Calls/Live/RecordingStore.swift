import Core
import Glibc
import JSONKit
import Media
import PluginHost
public import Routes

/// Moves a finished recording from the host's folder to the blobs route.
public enum RecordingStore {
    /// A longer recording stays where it is: an hour and more.
    private static let largest = 256 << 20

    /// What became of it; nil: there is none.
    static func store(_ summary: RecordingSummary, key: String, route: String, _ routes: RouteTable) async -> JSON? {
        guard summary.frames > 0 else {
            unlink(summary.path)
            return nil
        }
        var result: JSONObject = [
            "url": .string("file://\(summary.path)"), "file": .string(summary.path), "blob": .string(key),
            "route": .string(route), "uploaded": false, "seconds": .double(summary.duration.fractionalSeconds),
            "channels": 2, "dropped_samples": .int(Int64(summary.droppedSamples)),
        ]
        guard let bytes = await read(summary.path) else { return .object(result) }
        let options: JSON = ["key": .string(key), "content_type": "audio/wav"]
        do throws(RouteFailure) {
            let answers = try await routes.ask(
                .blobs,
                route: route,
                .bytes(bytes),
                options: options,
                within: .seconds(12)
            )
            for case .json(let stored) in answers {
                for name in ["url", "bytes", "sha256"] { result[name] = stored[name] ?? result[name] }
                // The file goes once the log has the fact: until then a kill must leave one or the other.
                result["uploaded"] = true
            }
        } catch {
            // It is safe where it is, and is brought there later.
            LiveCall.log.error(
                "the recording was not stored",
                ["path": .string(summary.path), "reason": .string(error.message)]
            )
        }
        return .object(result)
    }

    /// Removes a recording from every store that its route may have brought it to. False where none had it.
    /// - Throws: the first failure, after all stores were asked.
    public static func remove(key: String, route: String, _ routes: RouteTable) async throws(RouteFailure) -> Bool {
        let options: JSON = ["key": .string(key), "op": "delete"]
        let answers = try await routes.askEach(of: try routes.get(route, kind: .blobs), .bytes([]), options: options)
        return answers.contains { if case .json(let answer) = $0 { answer["deleted"]?.bool == true } else { false } }
    }

    /// The file's bytes; nil where it cannot be read or is longer than a blob in one piece may be. On a worker: reading a file may block.
    public static func read(_ path: String) async -> [UInt8]? {
        await withCheckedContinuation { continuation in
            WorkerPool.shared.run { continuation.resume(returning: readNow(path)) }
        }
    }

    private static func readNow(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_size <= largest else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(info.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
            }
            guard count > 0 else { return nil }
            filled += count
        }
        return bytes
    }
}
