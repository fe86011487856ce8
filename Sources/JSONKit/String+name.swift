extension String {
    /// Whether it can be the name of a document or of a part of one: letters, digits, `-` and `_`, at most 64.
    public var isName: Bool {
        !isEmpty && utf8.count <= 64
            && utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45
                    || byte == 95
            }
    }
}
