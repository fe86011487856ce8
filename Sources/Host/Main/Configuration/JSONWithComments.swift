import JSONKit

/// JSON with `//` comments, as configuration files are written.
enum JSONWithComments {
    /// Replaces each comment by spaces, so that positions in errors stay those of the file.
    static func strip(_ text: [UInt8]) -> [UInt8] {
        var result = text
        var inString = false
        var index = 0
        while index < result.count {
            let byte = result[index]
            if inString {
                if byte == UInt8(ascii: "\\") { index += 1 } else if byte == UInt8(ascii: "\"") { inString = false }
            } else if byte == UInt8(ascii: "\"") {
                inString = true
            } else if byte == UInt8(ascii: "/"), index + 1 < result.count, result[index + 1] == UInt8(ascii: "/") {
                while index < result.count, result[index] != UInt8(ascii: "\n") {
                    result[index] = UInt8(ascii: " ")
                    index += 1
                }
            }
            index += 1
        }
        return result
    }

    /// Parses a text with comments.
    static func parse(_ text: [UInt8]) throws(JSONError) -> JSON {
        try JSON(parsing: String(decoding: strip(text), as: UTF8.self))
    }
}
