/// Telephone numbers as CRMs can find them.
public enum PhoneNumber {
    /// What Twilio says instead of a number that the caller withheld: "anonymous", "blocked" and their kin, as letters on a
    /// telephone's keys.
    private static let withheld: Set<String> = [
        "+266696687", "+7378742833", "+2562533", "+8566696", "+86282452253",
    ]

    /// The number without what people write between its digits; nil where nobody can be found by it: withheld numbers,
    /// addresses, names.
    public static func known(_ text: String) -> String? {
        let kept = text.filter { !" ()-./".contains($0) }
        let digits = kept.hasPrefix("+") ? kept.dropFirst() : kept[...]
        guard (5...15).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            !withheld.contains(kept)
        else { return nil }
        return kept
    }
}
