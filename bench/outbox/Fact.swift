import JSONKit

/// The facts of a run: numbered, each with an identifier of its own, spread over calls.
struct Fact {
    let number: Int
    let id: String
    let call: String

    /// A call's facts are all written by one lane, in order.
    init(_ number: Int, lane: Int, prefix: String) {
        (self.number, id) = (number, "\(prefix)-\(number)-review")
        call = "call_\(lane)_\(number / 16 % 250)"
    }

    var json: JSON {
        [
            "topic": "call.reviewed", "key": .string(call), "id": .string(id),
            "data": [
                "sentiment": 0.5, "resolution": "resolved", "number": .int(Int64(number)),
                "summary": "The caller's brakes squeak; a repair was booked for Tuesday at ten.",
            ],
        ]
    }
}
