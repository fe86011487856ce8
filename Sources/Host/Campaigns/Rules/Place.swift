import Core

/// Where the one who is called may be.
struct Place {
    let zones: [Zone]
    let laws: [Jurisdiction]
    /// Nobody knows more than the country.
    let isGuess: Bool
    /// How the zones were found, for people.
    let source: String
    /// Why nobody may be called there; empty: they may.
    let problem: String

    init(zones: [Zone], laws: [Jurisdiction], isGuess: Bool = false, source: String) {
        (self.zones, self.laws, self.isGuess, self.source, problem) = (zones, laws, isGuess, source, "")
    }

    init(problem: String) { (zones, laws, isGuess, source, self.problem) = ([], [], false, "", problem) }

    /// Which dated rules hold.
    var label: String { laws.map(\.label).joined(separator: ", ") }
}
