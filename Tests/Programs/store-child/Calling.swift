import Core
import Glibc
import JSONKit
import Store

/// Claims leads and ends their attempts for ever, one commit after the other, and tells of each claim on standard output:
/// something to kill in the middle of a commit.
enum Calling {
    static func run(_ store: Store) async throws {
        var claims: Int64 = 0
        while true {
            let claimed = try await store.attempts.claim(
                campaign: "c",
                lists: ["l"],
                callerIDs: ["+15550100", "+15550101"],
                owner: "a",
                limit: 7,
                concurrent: 20,
                millicallsPerSecond: 1_000_000_000,
                at: .now(),
                decide: { _ in .dial(decision: ["allowed": true], until: .now()) }
            )
            for one in claimed.dropLast(2) {
                _ = try await store.attempts.change(one.attempt.id) { attempt, lead throws(Refusal) in
                    (attempt.state, attempt.disposition, attempt.endedAt) = (.over, "busy", .now())
                    (lead.state, lead.disposition, lead.updated) = (.ready, "busy", .now())
                    lead.nextAt = lead.updated
                    return [Event(.attemptEnded, key: attempt.id, id: attempt.eventID("ended"))]
                }
            }
            // What is left over is ended before more is asked for than may be under way.
            for one in try await store.attempts.list(AttemptFilter(campaign: "c", isLive: true), limit: 12).dropFirst(6)
            {
                _ = try await store.attempts.change(one.id) { attempt, lead throws(Refusal) in
                    (attempt.state, lead.state, lead.reason) = (.over, .closed, "done")
                    return [Event(.attemptEnded, key: attempt.id, id: attempt.eventID("ended"))]
                }
            }
            claims += Int64(claimed.count)
            StoreChild.report(.success(claims))
        }
    }
}
