extension String {
    /// Columns that a terminal needs for the text.
    var displayWidth: Int { unicodeScalars.reduce(0) { $0 + $1.displayWidth } }

    /// The text, and spaces up to `width` columns.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - displayWidth)) }

    /// At most `width` columns, with an ellipsis where something was cut off.
    func fitted(to width: Int) -> String {
        guard displayWidth > width else { return self }
        var result = String.UnicodeScalarView()
        var used = 1
        for scalar in unicodeScalars {
            used += scalar.displayWidth
            guard used <= width else { break }
            result.append(scalar)
        }
        return String(result) + "…"
    }

    /// The text on one line, with nothing in it that moves a terminal's cursor.
    var printable: String {
        var result = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            result.append(scalar.properties.generalCategory == .control ? " " : scalar)
        }
        return String(result)
    }
}

extension Unicode.Scalar {
    fileprivate var displayWidth: Int {
        if value < 0x300 { return 1 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        // Scripts and symbols that East Asian fonts draw two columns wide.
        for range in Self.wide where range.contains(value) { return 2 }
        return 1
    }

    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
        0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
        0x1F900...0x1F9FF, 0x20000...0x3FFFD,
    ]
}
