import Calls
import Core
import IO

/// Plays the conversations of a file, each in a world of its own.
public enum Trials {
    /// Plays those with `only` in their name; nil: all.
    public static func run(_ file: TrialFile, with setup: TrialSetup, only: String? = nil) async throws(TrialFailure)
        -> TrialReport
    {
        let chosen = file.trials.filter { trial in only.map { trial.name.contains($0) } ?? true }
        guard !chosen.isEmpty else {
            throw TrialFailure("\(file.path): no test has \"\(only ?? "")\" in its name")
        }
        guard setup.understandsText || !chosen.contains(where: \.isWritten) else {
            throw TrialFailure(
                "\(file.path): the recogniser of this configuration understands sound, not text; use audio, or asr-script"
            )
        }
        let began = Moment.now()
        var results: [TrialResult] = []
        for trial in chosen { results.append(try await play(trial, of: file, with: setup)) }
        return TrialReport(
            path: file.path,
            agent: file.agent.name,
            warnings: AgentReview.findings(on: file.agent.json),
            results: results,
            milliseconds: Moment.now().milliseconds(since: began)
        )
    }

    private static func play(_ trial: Trial, of file: TrialFile, with setup: TrialSetup) async throws(TrialFailure)
        -> TrialResult
    {
        let world = try TrialWorld(setup)
        defer { world.close() }
        try await world.fill(file)
        let loop: PollLoop
        do { loop = try PollLoop(name: "script") } catch { throw TrialFailure("\(error)") }
        loop.start()
        defer { loop.stop() }
        // On a thread of its own: who plays waits for what the call has sent the host to fetch.
        let result = await withCheckedContinuation { continuation in
            loop.perform {
                continuation.resume(
                    returning: Result { () throws(TrialFailure) in
                        let call = try TrialCall(trial, of: file, in: world, isRealTime: setup.isRealTime)
                        return try TrialRun(trial, call).play()
                    }
                )
            }
        }
        return try result.get()
    }
}
