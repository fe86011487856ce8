public import Core
public import JSONKit
import Media
public import Routes
public import Store

/// `transcription`: the whole recording of a call, both sides, through a recognition route, piece by piece and faster than it
/// was spoken. A try that is interrupted goes on behind the last piece. The subject is the call, the period which of its
/// recordings where several hosts had it. Ends in `recording.transcribed`.
public struct TranscriptionWork: JobWork {
    public let kind = "transcription"
    private let log: EventLog
    private let documents: Documents
    private let routes: RouteTable
    private let route: String
    private let loop: any EventLoop

    /// One piece, every step of the route included.
    private static let limit: Duration = .seconds(60)

    /// `route` is the one of kind asr that is asked; its questions are asked on `loop`.
    public init(_ store: Store, _ routes: RouteTable, route: String = "asr", loop: any EventLoop) {
        (log, documents, self.routes, self.route, self.loop) = (store.log, store.documents, routes, route, loop)
    }

    /// The key of the job that follows a recording's event.
    public static func key(call: String, location: String) -> Job.Key {
        Job.Key("transcription", call, period: RecordingSource.part(of: location, call: call))
    }

    public func key(subject: String, period: String, at now: Timestamp) throws(FieldError) -> Job.Key {
        guard !subject.isEmpty else { throw FieldError(path: "subject", problem: "must name a call that was recorded") }
        return Job.Key(kind, subject, period: period)
    }

    public func run(_ job: Job, _ report: JobReport) async throws(JobFailure) -> JobOutcome {
        let call = job.key.subject
        let began = Moment.now()
        let source = RecordingSource(log: log, routes: routes)
        let recording = try await source.load(call, part: job.key.period)
        let pieces = await Self.pieces(of: recording)
        var transcript = Transcript(of: recording, resuming: job.token)
        let first = transcript.done
        let options = try await options(for: call)
        while transcript.done < pieces.count {
            let piece = pieces[transcript.done]
            let text = try await ask(recording, piece, options, call)
            transcript.add(piece, text, rate: recording.sampleRate)
            try await report.advanced(transcript.done, of: pieces.count, token: transcript.token)
        }
        let seconds = Double(recording.count) / Double(recording.sampleRate)
        let took = max(0.001, (Moment.now() - began).fractionalSeconds)
        var result: JSONObject = [
            "seconds": .double(seconds), "pieces": .int(Int64(pieces.count)), "words": .int(Int64(transcript.words)),
        ]
        // Only a try that did all of it tells how fast that was.
        if first == 0 { result["times_real_time"] = .double((seconds / took * 10).rounded() / 10) }
        var data = result
        data["language"] = options["language"] ?? "en-US"
        data["part"] = .string(job.key.period)
        data["segments"] = .array(transcript.segments)
        data["personal"] = ["segments"]
        let event = Event(.recordingTranscribed, key: call, data: .object(data), id: job.eventID("transcribed"))
        return JobOutcome(.object(result), events: [event])
    }

    private func ask(
        _ recording: WAVFile,
        _ piece: SpeechPiece,
        _ options: JSON,
        _ call: String
    ) async throws(JobFailure) -> String {
        let samples = recording.side(piece.side, from: piece.start, count: piece.end - piece.start)
        do throws(RouteFailure) {
            return try await AudioInquiry.ask(
                routes,
                route: route,
                samples,
                rate: recording.sampleRate,
                options: options,
                key: call,
                loop: loop,
                within: Self.limit
            )
        } catch { throw JobFailure(error) }
    }

    /// What recognition expects to hear: the words of the call's agent, if its document is still there.
    private func options(for call: String) async throws(JobFailure) -> JSON {
        let agent = try await log.newest(.callStarted, key: call)?.data["agent"]?.string ?? ""
        let body: JSON
        do throws(StoreError) { body = try await documents.get("agents", agent)?.body ?? [:] } catch {
            throw JobFailure("\(error)", isRetryable: true)
        }
        return [
            "sample_rate": 8000, "language": body["language"] ?? "en-US", "phrases": body["phrases"] ?? [],
            "intents": body["intents"] ?? [],
        ]
    }

    /// Looking through an hour takes a while: not on a thread that others wait for.
    @concurrent private static func pieces(of recording: WAVFile) async -> [SpeechPiece] {
        SpeechPiece.all(in: recording)
    }
}
