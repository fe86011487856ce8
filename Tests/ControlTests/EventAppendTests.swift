import JSONKit
import Testing

/// event.append: what was found elsewhere becomes a fact like any other.
@Suite struct EventAppendTests {
    let bench: ControlBench
    let peer: Peer

    init() throws {
        bench = try ControlBench()
        peer = try bench.connect()
    }

    private func review(_ id: String, topic: String = "call.reviewed") -> JSON {
        [
            "topic": .string(topic), "key": "call_a", "id": .string(id), "at": "2026-11-23T10:00:00Z",
            "data": ["sentiment": 0.5, "by": "a person"],
        ]
    }

    @Test func `facts are appended in order, and asking again appends nothing twice`() throws {
        let events: JSON = ["events": [review("review-1"), review("review-2")]]
        for _ in 1...2 {
            #expect(try peer.call("event.append", events)["result"] == ["count": 2, "last": 2])
        }
        let items = try peer.call("event.list")["result"]?["items"]?.array
        #expect(items?.map { $0["id"] } == ["review-1", "review-2"])
        #expect(items?.first?["data"] == ["sentiment": 0.5, "by": "a person"])
        #expect(items?.first?["at"] == "2026-11-23T10:00:00.000Z")
    }

    @Test func `what only the host can know is refused by its member`() throws {
        let answer = try peer.call(
            "event.append",
            ["events": [review("review-1"), review("review-2", topic: "call.ended")]]
        )
        #expect(answer["error"]?["message"]?.string?.contains("events[1].topic") == true)
        #expect(try peer.call("event.list")["result"]?["items"] == [])
    }
}
