import JSONKit
import PluginKit

/// What Google understood.
enum Transcript {
    /// The text of an answer; empty for silence, which has no results at all.
    /// - Throws: `.malformed`.
    static func text(_ answer: [UInt8]) throws(PluginProblem) -> String {
        guard let json = answer.withUnsafeBytes({ bytes in try? JSON(parsing: bytes) }), json.object != nil else {
            throw PluginProblem(.malformed, "an answer that is no JSON; is base_url right?", isRetryable: true)
        }
        return joined((json["results"]?.array ?? []).compactMap { $0["alternatives"]?[0]?["transcript"]?.string })
    }

    /// Parts in a row, without space around them.
    static func joined(_ parts: [String]) -> String {
        let whole = parts.reduce("") { $0 + (needsSpace($0, $1) ? " " : "") + $1 }
        return String(whole.trimmingPrefix(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    /// Later parts mostly begin with their space; scripts without spaces get none.
    private static func needsSpace(_ before: String, _ after: String) -> Bool {
        guard let last = before.unicodeScalars.last, let first = after.unicodeScalars.first else { return false }
        let isSpaced = last.value < 0x0E00 && first.value < 0x0E00
        return isSpaced && !last.properties.isWhitespace && !first.properties.isWhitespace
    }
}
