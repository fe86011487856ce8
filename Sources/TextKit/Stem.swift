extension String {
    /// A word without the endings of English grammar: `repairs`, `repaired` and `repairing` become `repair`.
    ///
    /// Light on purpose: it never makes a word shorter than three letters, and what it makes need not be a word.
    public var stem: String {
        guard utf8.count > 3, utf8.allSatisfy({ $0 < 0x80 }) else { return self }
        var letters = Array(utf8)
        if letters.ends(with: "ies") {
            letters.removeLast(3)
            letters.append(UInt8(ascii: "y"))
        } else if letters.ends(with: "s"), !letters.ends(with: "ss"), !letters.ends(with: "us") {
            letters.removeLast()
        }
        for ending in ["ing", "ed", "ly"] where letters.ends(with: ending) {
            let rest = letters.dropLast(ending.utf8.count)
            guard rest.count >= 3, rest.contains(where: \.isVowel) else { break }
            letters = Array(rest)
            if letters[letters.count - 1] == letters[letters.count - 2],
                !"lsz".utf8.contains(letters[letters.count - 1])
            {
                letters.removeLast()
            }
            break
        }
        if letters.count > 3, letters.ends(with: "e") { letters.removeLast() }
        return String(decoding: letters, as: UTF8.self)
    }
}

extension [UInt8] {
    fileprivate func ends(with ending: String) -> Bool { suffix(ending.utf8.count).elementsEqual(ending.utf8) }
}

extension UInt8 {
    fileprivate var isVowel: Bool { "aeiouy".utf8.contains(self) }
}
