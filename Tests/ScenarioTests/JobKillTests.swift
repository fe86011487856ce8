import Console
import Core
import Glibc
import IO
import JSONKit
import Media
import Services
import SoundKit
import Store
import Testing

/// Jobs of real hosts that are killed in the middle of them.
@Suite(.serialized) struct JobKillTests {
    private static let call = "call_01KATZ5Q3M8T2WD9XH4C6V7B0N"
    private static let lines = 24

    /// A recording of so many lines, each of its own words.
    private func record(_ path: String) throws {
        var writer = try WAVWriter(path: path, channels: 2, sampleRate: 8000)
        var samples: [Int16] = []
        for line in 0..<Self.lines {
            for sample in ScriptedSpeech.audio(of: text(line)) + [Int16](repeating: 0, count: 6400) {
                samples += line.isMultiple(of: 2) ? [sample, 0] : [0, sample]
            }
        }
        try writer.append(interleaved: samples.span)
        try writer.finish()
    }

    private func text(_ line: Int) -> String { "this is the line with the number \(line) of all" }

    private func host(_ postgres: String?) throws -> TestHost {
        try TestHost {
            $0["jobs"] = ["lease_s": 3, "after_recording": ["transcription"]]
            var plugins = $0["plugins"]?.array ?? []
            plugins.append(["path": .string("\(TestHost.binaries)/libasr-script.so")])
            $0["plugins"] = .array(plugins)
            var routes = $0["routes"]?.object ?? [:]
            routes["asr"] = [["plugin": "asr-script"]]
            $0["routes"] = .object(routes)
            $0["deliveries"] = ["host": "desk"]
            if let postgres { $0["store"] = ["engine": "postgres", "url": .string(postgres)] }
        }
    }

    /// What a host leaves that died when the call was over.
    private func leaveRecording(_ host: TestHost, _ postgres: String?) async throws {
        let path = "\(host.folder)/\(Self.call).wav"
        try record(path)
        let engine = postgres.map { StoreEngine.postgres(url: $0, password: { nil }) } ?? .sqlite
        let store = try Store(StateFolder("\(host.folder)/state"), engine: engine, host: "desk")
        let finished: JSON = ["file": .string(path), "blob": .string("recordings/\(Self.call).wav"), "uploaded": false]
        try await store.log.append(Event(.recordingFinished, key: Self.call, data: finished))
        store.close()
    }

    private func job(_ host: TestHost) throws -> JSON? {
        try host.client().call("job.list", ["kind": "transcription"])["items"]?[0]
    }

    @Test(arguments: [false, true])
    func `a host killed twice in mid-transcription goes on behind the last piece, and it is done once`(
        onPostgres: Bool
    ) async throws {
        let server = onPostgres ? try PostgresServer() : nil
        let url = try server?.database()
        let host = try host(url)
        try await leaveRecording(host, url)
        try host.start()
        for least in [3, 9] {
            try await Patience.wait(for: "piece \(least)") { (try job(host)?["done"]?.int ?? 0) >= least }
            host.kill()
            try host.start()
            #expect(try job(host)?["done"]?.int ?? 0 >= least, "what was done stays done")
        }
        try await Patience.wait(for: "the end", seconds: 40) { try job(host)?["state"] == "done" }
        let events = try host.events()
        let transcribed = events.filter { $0["topic"] == "recording.transcribed" }
        #expect(transcribed.count == 1 && events.count { $0["topic"] == "job.done" } == 1)
        let segments = transcribed.first?["data"]?["segments"]?.array ?? []
        #expect(segments.map { $0["text"]?.string } == (0..<Self.lines).map(text))
        #expect(events.count { $0["topic"] == "job.started" } >= 3)
        host.stop()
    }
}
