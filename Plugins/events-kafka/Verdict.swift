/// What becomes of a batch's records: those that are not named are taken.
struct Verdict: Sendable {
    var park: [(index: Int, error: String)] = []
    var retry: [(index: Int, error: String)] = []
}
