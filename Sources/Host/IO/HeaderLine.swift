/// One header as text.
enum HeaderLine {
    /// "name: value". A line break in either would be a further header, of somebody else's making: it becomes a space.
    static func make(_ name: String, _ value: String) -> String {
        "\(plain(name)): \(plain(value))"
    }

    private static func plain(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 }) else { return text }
        return String(decoding: text.utf8.map { $0 < 0x20 ? 0x20 : $0 }, as: UTF8.self)
    }
}
