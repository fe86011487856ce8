/// A number or an address that a call can be given to.
enum TransferTarget {
    /// `+` and 2 to 15 digits that do not begin with 0.
    static func isNumber(_ text: String) -> Bool {
        let digits = text.utf8.dropFirst()
        return text.utf8.first == UInt8(ascii: "+") && (2...15).contains(digits.count)
            && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            && digits.first != UInt8(ascii: "0")
    }

    /// `sip:name@host` or `sips:name@host`, without white space and without what could end an XML attribute.
    static func isAddress(_ text: String) -> Bool {
        guard text.utf8.count <= 255, text.utf8.allSatisfy({ $0 > 32 && $0 < 127 }),
            !text.contains(where: { "<>\"'".contains($0) })
        else { return false }
        let lower = text.lowercased()
        guard let scheme = ["sip:", "sips:"].first(where: { lower.hasPrefix($0) }) else { return false }
        let parts = text.dropFirst(scheme.count).split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[0].isEmpty && !parts[1].isEmpty
    }

    static func isValid(_ text: String) -> Bool { isNumber(text) || isAddress(text) }
}
