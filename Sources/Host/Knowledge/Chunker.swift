/// Cuts a text into passages that can stand alone: at headings, then at sentences, of about 400 characters, and the last
/// sentence repeated at the start of the next where a paragraph had to be cut.
public enum Chunker {
    /// A passage and the heading it stands under, which may be empty.
    public struct Chunk: Sendable, Equatable {
        public let heading: String
        public let text: String

        /// What is embedded: the heading often has the very word that is asked for.
        public var embedded: String { heading.isEmpty ? text : "\(heading): \(text)" }
    }

    static let target = 400

    public static func chunks(of text: String) -> [Chunk] {
        var result: [Chunk] = []
        var heading = ""
        var paragraph = ""
        func close() {
            let sentences = sentences(of: paragraph)
            paragraph = ""
            var piece: [String] = []
            var isFresh = false
            for sentence in sentences {
                if isFresh, piece.reduce(0, { $0 + $1.count + 1 }) + sentence.count > target {
                    result.append(Chunk(heading: heading, text: piece.joined(separator: " ")))
                    piece = piece.suffix(1).filter { $0.count < target / 2 }
                    isFresh = false
                }
                piece.append(sentence)
                isFresh = true
            }
            if isFresh { result.append(Chunk(heading: heading, text: piece.joined(separator: " "))) }
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
