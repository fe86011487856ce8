/// Makes leads up: the same ones for the same seed.
struct SimulatedPopulation {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x2545_F491_4F6C_DD1D | 1 }

    /// So many leads, over all areas; a few have a second number, no consent, or are on a do-not-call list.
    mutating func make(_ count: Int, lists: Int, at start: Int64) -> [SimulatedLead] {
        var used = [UInt64](repeating: 0, count: AreaCode.all.count)
        var leads: [SimulatedLead] = []
        leads.reserveCapacity(count)
        for _ in 0..<count {
            let area = Int(draw(UInt64(AreaCode.all.count)))
            var lead = SimulatedLead(
                number: Self.number(in: area, &used),
                area: UInt8(area),
                list: UInt8(draw(UInt64(lists))),
                score: Int8(draw(101)),
                priority: draw(50) == 0 ? 1 : 0,
                nextAt: start
            )
            switch draw(1000) {
            case 0..<10: lead.consent = .none
            case 10..<30: lead.consent = .express
            default: break
            }
            lead.isSuppressed = draw(100) == 0
            if draw(33) == 0 { lead.other = Self.number(in: area, &used) }
            leads.append(lead)
        }
        return leads
    }

    /// Numbers of an area in their order: no two leads have the same one. Exchanges such as 911 and 555 are passed over.
    private static func number(in area: Int, _ used: inout [UInt64]) -> UInt64 {
        while true {
            let place = used[area]
            used[area] += 1
            let exchange = 200 + place / 10_000
            // Within an exchange they are scattered, so that those who look alike are not called one after the other.
            guard exchange % 100 != 11, exchange != 555 else {
                used[area] += 9_999
                continue
            }
            let line = place % 10_000 * 7_919 % 10_000
            return 10_000_000_000 + AreaCode.all[area].code * 10_000_000 + exchange * 10_000 + line
        }
    }

    /// xorshift64*.
    private mutating func draw(_ bound: UInt64) -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return (state &* 0x2545_F491_4F6C_DD1D >> 33) % bound
    }
}
