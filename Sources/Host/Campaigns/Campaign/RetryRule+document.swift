import JSONKit

extension RetryRule {
    /// `{"waits_minutes": [15, 60], "maximum": 3, "takes_next_number": true}`.
    init(_ fields: Fields) throws(FieldError) {
        var waits: [Int] = []
        guard let elements = try fields.json("waits_minutes").array else {
            throw fields.error("waits_minutes", "must be an array of minutes, as in [15, 60]; empty: none follows")
        }
        for (index, value) in elements.enumerated() {
            guard let minutes = value.int, (1...525_600).contains(minutes) else {
                throw fields.error("waits_minutes[\(index)]", "must be minutes from 1 to 525600, is \(value)")
            }
            waits.append(Int(minutes))
        }
        self.init(
            waits: waits,
            maximum: try fields.int("maximum", default: waits.count, in: 0...100),
            takesNextNumber: try fields.bool("takes_next_number", default: false)
        )
    }

    var json: JSON {
        [
            "waits_minutes": .array(waits.map { .int(Int64($0)) }), "maximum": .int(Int64(maximum)),
            "takes_next_number": .bool(takesNextNumber),
        ]
    }
}
