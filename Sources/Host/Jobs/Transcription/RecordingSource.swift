import Core
import Glibc
import JSONKit
import Media
import Routes
import Store

/// Where a call's recording is: a file of the host until a blob store has it.
struct RecordingSource {
    let log: EventLog
    let routes: RouteTable

    private static let limit: Duration = .seconds(600)

    /// The part of a recording's name behind the call: empty, or the number of the host that went on with the call.
    static func part(of location: String, call: String) -> String {
        let name = location.split(separator: "/").last.map(String.init) ?? ""
        guard name.hasPrefix("\(call)."), name.hasSuffix(".wav") else { return "" }
        return String(name.dropFirst(call.count + 1).dropLast(min(4, name.count - call.count - 1)))
    }

    /// The recording of a call, whole.
    func load(_ call: String, part: String) async throws(JobFailure) -> WAVFile {
        let finished = try await log.all(.recordingFinished, key: call).last { event in
            Self.part(of: event.data["blob"]?.string ?? event.data["url"]?.string ?? "", call: call) == part
        }
        guard let data = finished?.data else {
            throw JobFailure(
                "the call \(call) has no recording: there is no recording.finished of it",
                isRetryable: false
            )
        }
        if let path = data["file"]?.string, let file = try await Self.read(path) { return file }
        guard let key = data["blob"]?.string else {
            throw JobFailure("the recording's file is gone, and no blob store has it", isRetryable: false)
        }
        return try Self.parse(try await fetch(key, route: data["route"]?.string, call: call), key)
    }

    private func fetch(_ key: String, route: String?, call: String) async throws(JobFailure) -> [UInt8] {
        do throws(RouteFailure) {
            let options: JSON = ["key": .string(key), "op": "get", "content_type": "audio/wav"]
            let answers = try await routes.ask(
                .blobs,
                route: route,
                .bytes([]),
                options: options,
                key: call,
                within: Self.limit
            )
            var bytes: [UInt8] = []
            for case .bytes(let piece) in answers { bytes += piece }
            return bytes
        } catch { throw JobFailure(error) }
    }

    /// Nil where the file is not there any more. Off the threads that others wait for.
    private static func read(_ path: String) async throws(JobFailure) -> WAVFile? {
        do throws(MediaError) { return try await readFile(path) } catch {
            if case .file(_, _, ENOENT) = error { return nil }
            throw JobFailure("\(error)", isRetryable: false)
        }
    }

    @concurrent private static func readFile(_ path: String) async throws(MediaError) -> WAVFile {
        try WAVFile(reading: path)
    }

    private static func parse(_ bytes: [UInt8], _ key: String) throws(JobFailure) -> WAVFile {
        do throws(MediaError) { return try WAVFile(bytes, path: key) } catch {
            throw JobFailure("\(error)", isRetryable: false)
        }
    }
}
