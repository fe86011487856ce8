import Core
import Glibc
import IO
import JSONKit
import Media
import Routes
import Services
import SoundKit
import Store
import Testing

@testable import Jobs

/// Recordings, turned back into words through a route.
@Suite(.serialized) struct TranscriptionTests {
    /// Both sides of a talk, one after the other, with a second between them.
    private static let talk: [(who: SpeechPiece.Side, text: String)] = [
        (.agent, "good morning how can i help"), (.caller, "my front brake squeaks"),
        (.agent, "when would you like to come"), (.caller, "friday at nine please"),
    ]

    private func record(_ path: String, rounds: Int = 1) throws {
        var writer = try WAVWriter(path: path, channels: 2, sampleRate: 8000)
        var samples: [Int16] = []
        for _ in 0..<rounds {
            for line in Self.talk {
                let audio = ScriptedSpeech.audio(of: line.text) + [Int16](repeating: 0, count: 8000)
                for sample in audio { samples += line.who == .caller ? [sample, 0] : [0, sample] }
            }
        }
        try writer.append(interleaved: samples.span)
        try writer.finish()
    }

    private func bench(rounds: Int = 1) async throws -> (bench: JobBench, work: TranscriptionWork) {
        let bench = try JobBench(.sqlite)
        let store = try #require(bench.store)
        let path = "\(bench.folder)/call_1.wav"
        try record(path, rounds: rounds)
        let finished: JSON = ["file": .string(path), "blob": "recordings/2026/11/23/call_1.wav", "uploaded": false]
        try await store.log.append(Event(.recordingFinished, key: "call_1", data: finished))
        let routes = try bench.routes(.asr, [:], plugin: "asr-script")
        return (bench, TranscriptionWork(store, routes, loop: try #require(bench.loop)))
    }

    private func run(_ runner: JobRunner) async throws -> Job? {
        let job = try await runner.want(Job.Key("transcription", "call_1"))
        try await runner.round()
        await runner.settle()
        return try await runner.table.get(job.id)
    }

    @Test func `both sides of a recording become text, in order and with their places`() async throws {
        let (bench, work) = try await bench()
        let store = try #require(bench.store)
        let job = try await run(JobRunner(store, [work], host: "a", now: bench.clock.now))
        #expect(job?.state == .done && job?.done == 4 && job?.total == 4)
        let event = try #require(
            try await store.log.read(after: 0, topics: [.recordingTranscribed], limit: 9).first?.event
        )
        let segments = event.data["segments"]?.array ?? []
        #expect(segments.map { $0["who"]?.string } == ["agent", "caller", "agent", "caller"])
        #expect(segments.map { $0["text"]?.string } == Self.talk.map(\.text))
        let starts = segments.compactMap { $0["start_ms"]?.int }
        #expect(starts == starts.sorted() && starts.count == 4)
        #expect(event.data["words"] == 20 && event.data["personal"] == ["segments"])
        #expect(job?.result["times_real_time"]?.double ?? 0 > 2, "faster than it was spoken")
    }

    @Test func `a try goes on behind the last piece, and the words are those of one that was never interrupted`()
        async throws
    {
        let (bench, work) = try await bench(rounds: 2)
        let store = try #require(bench.store)
        let runner = JobRunner(store, [work], host: "a", now: bench.clock.now)
        _ = try await run(runner)
        let whole = try await store.log.read(after: 0, topics: [.recordingTranscribed], limit: 9).last?.event
        // As the table stands when a host has died behind the third piece.
        let id = Job.Key("transcription", "call_1").id
        _ = try await runner.want(Job.Key("transcription", "call_1"))
        let segments = Array((whole?.data["segments"]?.array ?? []).prefix(3))
        let recording = try WAVFile(reading: "\(bench.folder)/call_1.wav")
        let now = bench.clock.now()
        _ = try await store.jobs.change(id) { job throws(Refusal) in
            var machine = JobMachine(job, JobManner())
            _ = try machine.handle(.claimed(by: "dead"), at: now)
            let token: JSON = ["length": .int(Int64(recording.count)), "done": 3, "segments": .array(segments)]
            _ = try machine.handle(.advanced(by: "dead", done: 3, total: 8, token: token), at: now)
            job = machine.job
            return []
        }
        bench.clock.pass(.seconds(60))
        try await runner.round()
        await runner.settle()
        let again = try await store.log.read(after: 0, topics: [.recordingTranscribed], limit: 9).last?.event
        #expect(again?.id != whole?.id && again?.data["segments"] == whole?.data["segments"])
        #expect(try await store.jobs.get(id)?.result["times_real_time"] == nil)
    }

    @Test func `a call without a recording has failed, and one whose route is away waits`() async throws {
        let (bench, work) = try await bench()
        let store = try #require(bench.store)
        let runner = JobRunner(store, [work], host: "a", now: bench.clock.now)
        let none = try await runner.want(Job.Key("transcription", "call_9"))
        try await runner.round()
        await runner.settle()
        #expect(try await store.jobs.get(none.id)?.state == .failed)
        let away = TranscriptionWork(
            store,
            try bench.routes(.asr, ["fail_items": 1000]),
            loop: try #require(bench.loop)
        )
        let waiting = try await run(JobRunner(store, [away], host: "a", now: bench.clock.now))
        #expect(waiting?.state == .queued && waiting?.attempts == 1)
    }

    @Test func `pieces are cut at silences, never longer than may be, and the same each time`() throws {
        let path = "/tmp/patchbay-pieces-\(getpid()).wav"
        defer { unlink(path) }
        var writer = try WAVWriter(path: path, channels: 2, sampleRate: 8000)
        var samples: [Int16] = []
        for index in 0..<(8000 * 40) {
            // Forty seconds without a breath from the caller; the agent says nothing.
            samples += [Int16(8000 * sin(Double(index) * 0.4) * (index / 1000 % 4 == 3 ? 0.02 : 1)), 0]
        }
        try writer.append(interleaved: samples.span)
        try writer.finish()
        let recording = try WAVFile(reading: path)
        let pieces = SpeechPiece.all(in: recording)
        #expect(pieces.count >= 4 && pieces.allSatisfy { $0.side == .caller })
        #expect(pieces.allSatisfy { $0.end - $0.start <= SpeechPiece.longest * 8000 })
        #expect(pieces.reduce(0) { $0 + $1.end - $1.start } > 8000 * 36)
        #expect(SpeechPiece.all(in: recording) == pieces)
    }

    @Test(arguments: [
        ("file:///var/call_1.wav", ""), ("s3://bucket/recordings/call_1.2.wav", "2"), ("call_2.wav", ""), ("", ""),
    ])
    func `which of several recordings it is stands in its name`(location: String, part: String) {
        #expect(RecordingSource.part(of: location, call: "call_1") == part)
    }
}
