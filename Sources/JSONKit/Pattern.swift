import Glibc

/// The keyword `pattern`: an extended regular expression of POSIX, found anywhere in the text.
///
/// Unchecked: compiled once, and matching does not change it.
final class Pattern: @unchecked Sendable {
    let source: String
    private let compiled: UnsafeMutablePointer<regex_t>

    /// Nil for what POSIX does not know; `\d` and `(?` of other dialects are refused rather than misunderstood.
    init?(_ source: String) {
        guard !source.contains("\\d"), !source.contains("(?") else { return nil }
        let pointer = UnsafeMutablePointer<regex_t>.allocate(capacity: 1)
        guard regcomp(pointer, source, REG_EXTENDED) == 0 else {
            pointer.deallocate()
            return nil
        }
        (self.source, compiled) = (source, pointer)
    }

    deinit {
        regfree(compiled)
        compiled.deallocate()
    }

    func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            // With its length, so that a zero byte does not end the text early.
            var match = regmatch_t(rm_so: 0, rm_eo: regoff_t(bytes.count))
            guard let start = bytes.baseAddress else { return regexec(compiled, "", 1, &match, REG_STARTEND) == 0 }
            return start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                regexec(compiled, $0, 1, &match, REG_STARTEND) == 0
            }
        }
    }
}
