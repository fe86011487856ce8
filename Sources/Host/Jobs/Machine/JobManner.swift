import Core

/// How a job is tried.
public struct JobManner: Sendable {
    /// After so many tries it has failed.
    public var tries: Int64 = 12
    /// The wait before the second try; each further one is twice as long, with jitter.
    public var first: Duration = .seconds(5)
    public var longest: Duration = .seconds(900)
    /// How long a host that is not heard of keeps a job. It says that it lives three times as often.
    public var lease: Duration = .seconds(30)

    public init() {}

    /// The wait after a failure: grown, between half and all of it, and no shorter than the far side asks. What spreads jobs
    /// that failed together is the job itself: a machine has no dice.
    func wait(afterTries tries: Int64, of id: String, atLeast asked: Duration?) -> Duration {
        let grown = max(1, first.wholeMilliseconds) << min(max(tries - 1, 0), 20)
        let wait = min(grown, longest.wholeMilliseconds)
        let dice = Digest.sha256(Array("\(id)/\(tries)".utf8)).utf8.prefix(4).reduce(Int64(0)) { $0 * 31 + Int64($1) }
        let jittered = wait / 2 + dice % max(1, wait - wait / 2 + 1)
        return .milliseconds(max(jittered, asked?.wholeMilliseconds ?? 0))
    }
}
