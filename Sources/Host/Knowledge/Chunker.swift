/// Cuts a text into passages that can stand alone: at headings, then at sentences, of about 400 characters, each under its
/// heading, and the last sentence repeated at the start of the next where a paragraph had to be cut.
public enum Chunker {
    static let target = 400

    public static func chunks(of text: String) -> [String] {
        var result: [String] = []
        var heading = ""
        var paragraph = ""
        func close() {
            let sentences = sentences(of: paragraph)
            paragraph = ""
            var piece: [String] = []
            var isFresh = false
            for sentence in sentences {
                if isFresh, piece.reduce(0, { $0 + $1.count + 1 }) + sentence.count > target {
                    result.append(under(heading, piece))
                    piece = piece.suffix(1).filter { $0.count < target / 2 }
                    isFresh = false
                }
                piece.append(sentence)
                isFresh = true
            }
            if isFresh { result.append(under(heading, piece)) }
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let trimmed = line.drop { $0.isWhitespace }
            if trimmed.hasPrefix("#") {
                close()
                heading = String(trimmed.drop { $0 == "#" || $0 == " " })
            } else if trimmed.isEmpty {
                close()
            } else {
                paragraph += (paragraph.isEmpty ? "" : " ") + trimmed
            }
        }
        close()
        return result
    }

    private static func under(_ heading: String, _ sentences: [String]) -> String {
        (heading.isEmpty ? "" : heading + ": ") + sentences.joined(separator: " ")
    }

    /// A sentence ends in `.`, `!` or `?` followed by white space and something that is not a small letter.
    static func sentences(of text: String) -> [String] {
        var result: [String] = []
        var current = ""
        let characters = Array(text)
        for (index, character) in characters.enumerated() {
            current.append(character)
            guard ".!?".contains(character), index + 2 < characters.count, characters[index + 1].isWhitespace,
                !characters[index + 2].isLowercase
            else { continue }
            result.append(String(current.drop { $0.isWhitespace }))
            current = ""
        }
        let rest = current.drop { $0.isWhitespace }
        if !rest.isEmpty { result.append(String(rest)) }
        return result
    }
}
