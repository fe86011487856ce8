/// Why nothing could be judged.
struct JudgeFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
