import Calls
import Core
import Glibc
import JSONKit
import Media
import PluginHost
import Store

/// Recordings that a host which was killed left in its folder: they are finished and told of, and the consumer of
/// recordings brings them to their store as it does with all others.
struct LeftRecordings: Sendable {
    let folder: String
    let log: EventLog
    let agents: AgentDirectory

    /// Before the first call is taken: what is in the folder belongs to nobody any more. A recording that cannot be looked at
    /// now stays for the next start.
    func finish() async {
        for name in names() {
            do throws(StoreError) { try await finish(name) } catch {
                Log("recordings").error("a recording stays", ["file": .string(name), "reason": .string("\(error)")])
            }
        }
    }

    private func finish(_ name: String) async throws(StoreError) {
        let path = "\(folder)/\(name)"
        // `call_01.wav`, or `call_01.2.wav` of the second host that had the call.
        let call = String(name.prefix { $0 != "." })
        let topics: [Topic] = [.callStarted, .callContinued, .recordingFinished]
        let events = try await log.read(after: 0, topics: topics, key: call, limit: 100).map(\.event)
        guard !events.contains(where: \.isErased) else {
            unlink(path)
            return
        }
        // The consumer knows of it.
        guard !events.contains(where: { $0.topic == .recordingFinished && $0.data["file"]?.string == path }) else {
            return
        }
        let remains: WAVWriter.Remains?
        do throws(MediaError) { remains = try await Self.mend(path) } catch {
            Log("recordings").error("a recording cannot be finished", ["reason": .string("\(error)")])
            return
        }
        guard let remains, remains.frames > 0 else {
            unlink(path)
            return
        }
        // The one that this host began; its day is in the key, under which an upload may have begun already.
        let own = events.last { $0.topic != .recordingFinished }
        let day = (own?.at ?? .now()).day.split(separator: "-").joined(separator: "/")
        let agent = own?.data["agent"]?.string.flatMap { agents.find($0) }
        let fact: JSON = [
            "url": .string("file://\(path)"), "file": .string(path), "blob": .string("recordings/\(day)/\(name)"),
            "route": .string(agent?.route(.blobs) ?? Kind.blobs.rawValue), "uploaded": false, "recovered": true,
            "seconds": .double(Double(remains.frames) / Double(remains.sampleRate)),
            "channels": .int(Int64(remains.channels)), "dropped_samples": 0,
        ]
        try await log.append(Event(.recordingFinished, key: call, data: fact))
        Log("recordings").warning("a recording was left by a host that was killed", ["call": .string(call)])
    }

    /// On a worker: it may block on the disk.
    private static func mend(_ path: String) async throws(MediaError) -> WAVWriter.Remains? {
        let result = await withCheckedContinuation { continuation in
            WorkerPool.shared.run {
                continuation.resume(
                    returning: Result { () throws(MediaError) in try WAVWriter.mend(path) }
                )
            }
        }
        return try result.get()
    }

    private func names() -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".wav"), !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
