import Core
import JSONKit
import Services

/// What the carrier was asked to do, by its own list: the judge, which shares nothing with the hosts.
struct CarrierList {
    struct Call {
        let to: String
        let placedAt: Timestamp
        let endedAt: Timestamp?
    }

    let port: UInt16

    func figures() -> JSON? {
        PlainRequest.send("GET", "/practice", port: port).flatMap { try? JSON(parsing: $0.body) }
    }

    /// Every call, by number.
    func calls() throws -> [String: [Call]] {
        var (byNumber, after): ([String: [Call]], Int64) = ([:], 0)
        while true {
            let path = "/practice/calls?limit=5000&after=\(after)"
            guard let answer = PlainRequest.send("GET", path, port: port, seconds: 60),
                let json = try? JSON(parsing: answer.body)
            else { throw ServiceFailure("the carrier does not tell its calls") }
            for call in json["calls"]?.array ?? [] {
                let to = call["to"]?.string ?? ""
                byNumber[to, default: []].append(
                    Call(
                        to: to,
                        placedAt: call["placed_at"]?.string.flatMap(Timestamp.init(parsing:)) ?? .now(),
                        endedAt: call["ended_at"]?.string.flatMap(Timestamp.init(parsing:))
                    )
                )
            }
            guard let next = json["next"]?.int else { return byNumber }
            after = next
        }
    }
}
