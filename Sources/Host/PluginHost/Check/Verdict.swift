/// How one test ended; thrown to end it early.
struct Verdict: Error {
    let outcome: CheckReport.Outcome
    let detail: String

    static func passed(_ detail: String = "") -> Verdict { Verdict(outcome: .passed, detail: detail) }
    static func failed(_ detail: String) -> Verdict { Verdict(outcome: .failed, detail: detail) }
    static func skipped(_ detail: String) -> Verdict { Verdict(outcome: .skipped, detail: detail) }
    static func warning(_ detail: String) -> Verdict { Verdict(outcome: .warning, detail: detail) }
}
