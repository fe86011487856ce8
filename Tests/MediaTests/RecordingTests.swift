import Core
import Glibc
import Media
import Synchronization
import Testing

@Suite struct RecordingTests {
    /// Waits for a recording's end, at most five seconds.
    private func finished(_ recording: Recording) throws -> RecordingSummary {
        let box = Box()
        recording.finish { summary in box.summary.withLock { $0 = summary } }
        let deadline = Moment.now() + .seconds(5)
        while Moment.now() < deadline {
            if let summary = box.summary.withLock({ $0 }) { return summary }
            usleep(1000)
        }
        return try #require(box.summary.withLock { $0 })
    }

    private final class Box: Sendable {
        let summary = Mutex<RecordingSummary?>(nil)
    }

    private func frame(_ value: Int16) -> [Int16] { [Int16](repeating: value, count: 160) }

    @Test func `both sides lie where the call's clock put them, with silence between`() throws {
        let folder = try Folder()
        let recorder = Recorder(metrics: Metrics())
        defer { recorder.stop() }
        let recording = recorder.start(path: folder.path("call.wav"))
        for index in 0..<20 { recording.caller(frame(Int16(index + 1)).span, at: index * 160) }
        // The agent speaks from 100 ms to 160 ms, and its frames come after the caller's.
        for index in 5..<8 { recording.agent(frame(Int16(100 + index)).span, at: index * 160) }
        // A gap of 40 ms in which neither is heard.
        recording.caller(frame(77).span, at: 22 * 160)
        let summary = try finished(recording)
        #expect(summary.frames == 23 * 160)
        #expect(summary.duration == .milliseconds(460))
        #expect(summary.droppedSamples == 0)
        #expect(summary.failure == nil)
        let file = try WAVFile(reading: folder.path("call.wav"))
        let (left, right) = (file.channel(0), file.channel(1))
        for index in 0..<23 {
            let caller: Int16 = index < 20 ? Int16(index + 1) : index == 22 ? 77 : 0
            let agent: Int16 = (5..<8).contains(index) ? Int16(100 + index) : 0
            #expect(left[index * 160..<(index + 1) * 160].allSatisfy { $0 == caller }, "caller, frame \(index)")
            #expect(right[index * 160..<(index + 1) * 160].allSatisfy { $0 == agent }, "agent, frame \(index)")
        }
    }

    @Test func `the file grows while the call goes on and can be played at any moment`() throws {
        let folder = try Folder()
        let recorder = Recorder(metrics: Metrics())
        defer { recorder.stop() }
        let recording = recorder.start(path: folder.path("call.wav"))
        for index in 0..<75 { recording.caller(frame(5).span, at: index * 160) }
        // The last half second is still open for the other side.
        let complete = 75 * 160 - 4000
        let deadline = Moment.now() + .seconds(5)
        while (try? WAVFile(reading: folder.path("call.wav")).count) != complete, Moment.now() < deadline {
            usleep(1000)
        }
        #expect(try WAVFile(reading: folder.path("call.wav")).channel(0) == [Int16](repeating: 5, count: complete))
        #expect(try finished(recording).frames == 75 * 160)
    }

    @Test func `a long call passes through the window without a loss`() throws {
        let folder = try Folder()
        let recorder = Recorder(metrics: Metrics())
        defer { recorder.stop() }
        let recordings = (0..<8).map { recorder.start(path: folder.path("\($0).wav")) }
        // A minute of each, ten times as fast as the window is deep, waiting for the writer where it lies behind.
        for index in 0..<600 {
            for (call, recording) in recordings.enumerated() {
                recording.caller(frame(Int16(index)).span, at: index * 160)
                recording.agent(frame(Int16(-index - call)).span, at: index * 160)
            }
            if index % 50 == 49 { usleep(260_000) }
        }
        for (call, recording) in recordings.enumerated() {
            let summary = try finished(recording)
            #expect(summary.droppedSamples == 0)
            let file = try WAVFile(reading: folder.path("\(call).wav"))
            let (left, right) = (file.channel(0), file.channel(1))
            #expect(left.count == 600 * 160)
            let misplaced = left.indices.filter { at in
                let index = at / 160
                return Int(left[at]) != index || Int(right[at]) != -index - call
            }
            #expect(misplaced.isEmpty)
        }
    }

    @Test func `what the disk cannot take is dropped and counted, and the clock stays right`() throws {
        let folder = try Folder()
        // A pipe nobody reads: opening it for writing holds the recorder's thread, as a dead disk would.
        let pipe = folder.path("stuck.wav")
        try #require(mkfifo(pipe, 0o600) == 0)
        let metrics = Metrics()
        let recorder = Recorder(metrics: metrics)
        defer { recorder.stop() }
        let stuck = recorder.start(path: pipe)
        usleep(50_000)
        let recording = recorder.start(path: folder.path("call.wav"))
        // Three seconds into a window of two.
        let begun = Moment.now()
        for index in 0..<150 { recording.caller(frame(Int16(index + 1)).span, at: index * 160) }
        #expect(Moment.now().milliseconds(since: begun) < 200)
        let reader = open(pipe, O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        let summary = try finished(recording)
        #expect(summary.droppedSamples == 150 * 160 - 16_384)
        #expect(summary.frames == 150 * 160)
        let left = try WAVFile(reading: folder.path("call.wav")).channel(0)
        #expect(left[0] == 1 && left[16_383] == 103)
        #expect(left[16_384...].allSatisfy { $0 == 0 })
        #expect(metrics.render().contains("patchbay_recording_dropped_samples_total \(summary.droppedSamples)"))
        #expect(try finished(stuck).failure != nil)
    }

    @Test func `a file that cannot be made shows in the summary`() throws {
        let recorder = Recorder(metrics: Metrics())
        defer { recorder.stop() }
        let recording = recorder.start(path: "/nowhere/call.wav")
        recording.caller(frame(1).span, at: 0)
        let failure = MediaError.file(path: "/nowhere/call.wav", operation: "create", code: ENOENT)
        #expect(try finished(recording).failure == failure)
    }

    @Test func `stopping completes the recordings that still run`() throws {
        let folder = try Folder()
        let recorder = Recorder(metrics: Metrics())
        let recording = recorder.start(path: folder.path("call.wav"))
        for index in 0..<50 { recording.caller(frame(5).span, at: index * 160) }
        recorder.stop()
        #expect(try WAVFile(reading: folder.path("call.wav")).count == 50 * 160 - 4000)
    }
}
