/// Lists of values in a statement. Their length is rounded up to a power of two, so that a connection prepares few statements.
enum Marks {
    /// The values, the last one repeated until the length is a power of two; never empty.
    static func padded(_ values: [String]) -> [String] {
        var length = 1
        while length < values.count { length *= 2 }
        return values + Array(repeating: values.last ?? "", count: length - values.count)
    }

    /// `?, ?, ?`
    static func list(_ count: Int) -> String { Array(repeating: "?", count: count).joined(separator: ", ") }

    /// Rows of marks, for as many rows as a statement inserts.
    static func rows(_ rows: Int, of columns: Int) -> String {
        Array(repeating: "(\(list(columns)))", count: rows).joined(separator: ", ")
    }
}

extension Statement {
    /// Binds one text after the other.
    func bind(_ values: [String], from first: Int32) {
        for (index, value) in values.enumerated() { bind(first + Int32(index), value) }
    }
}
