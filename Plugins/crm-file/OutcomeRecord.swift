import JSONKit
import PluginKit

/// One record of the `crm` contract.
struct OutcomeRecord {
    let id: String
    /// The date it belongs to, as in 2026-11-23. A repeated record says the same, so it meets its first writing.
    let day: String
    let json: JSON

    init(_ json: JSON) throws(PluginProblem) {
        guard let id = json["id"]?.string, !id.isEmpty, id.utf8.count <= 256 else {
            throw PluginProblem(.invalid, "id: is required (a string of 1 to 256 bytes)")
        }
        guard let at = json["at"]?.string, let day = Self.day(of: at) else {
            throw PluginProblem(.invalid, "at: is required (a time such as 2026-11-23T16:00:00Z)")
        }
        guard json["type"]?.string != nil else { throw PluginProblem(.invalid, "type: is required (a string)") }
        (self.id, self.day, self.json) = (id, day, json)
    }

    /// The first ten letters, which become a file's name: digits and hyphens in their places and nothing else.
    private static func day(of time: String) -> String? {
        let letters = Array(time.utf8.prefix(11))
        guard letters.count == 11, letters[10] == UInt8(ascii: "T") else { return nil }
        for (index, letter) in letters.prefix(10).enumerated() {
            let isHyphen = index == 4 || index == 7
            guard isHyphen ? letter == UInt8(ascii: "-") : (48...57).contains(letter) else { return nil }
        }
        return String(decoding: letters.prefix(10), as: UTF8.self)
    }
}
