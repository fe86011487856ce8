import Staging

/// `LOAD LIBRARIES HOST_CORE LOAD_CORES CALLS TURNS DELAY_MS SERVICES MODES`; the last two are lists with commas, or `all`.
struct Plan {
    let load: String
    let libraries: String
    let hostCore: Int
    let loadCores: String
    let calls: Int
    let turns: Int
    /// What `slowed` adds to each piece, each way.
    let delay: Int
    let services: [String]
    let modes: [Service.Mode]

    init(_ words: [String]) throws {
        guard words.count == 9, let hostCore = Int(words[2]), let calls = Int(words[4]), let turns = Int(words[5]),
            let delay = Int(words[6])
        else {
            throw BenchFailure(
                "usage: bench-outages LOAD LIBRARIES HOST_CORE LOAD_CORES CALLS TURNS DELAY_MS SERVICES MODES"
            )
        }
        (load, libraries, self.hostCore, loadCores) = (words[0], words[1], hostCore, words[3])
        (self.calls, self.turns, self.delay) = (calls, turns, delay)
        services = words[7] == "all" ? Scene.services : words[7].split(separator: ",").map(String.init)
        for name in services where !Scene.services.contains(name) {
            throw BenchFailure("there is no service \(name); there are \(Scene.services.joined(separator: ", "))")
        }
        modes =
            words[8] == "all"
            ? Service.Mode.allCases
            : try words[8].split(separator: ",").map { word in
                guard let mode = Service.Mode(rawValue: String(word)) else {
                    throw BenchFailure("there is no mode \(word)")
                }
                return mode
            }
    }
}
