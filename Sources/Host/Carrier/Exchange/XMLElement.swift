/// An element of a small XML document: no namespaces, no document type, entities only those of XML itself.
struct XMLElement: Equatable {
    let name: String
    private(set) var attributes: [String: String] = [:]
    private(set) var children: [XMLElement] = []
    /// What stands in it, without white space at its ends.
    private(set) var text = ""

    subscript(_ attribute: String) -> String? { attributes[attribute] }

    init(parsing document: String) throws(CarrierFailure) {
        var reader = Reader(document)
        self = try reader.document()
    }

    private init(name: String) { self.name = name }

    private struct Reader {
        private var rest: Substring
        /// Deeper documents are not TwiML.
        private static let deepest = 8

        init(_ text: String) { rest = text[...] }

        mutating func document() throws(CarrierFailure) -> XMLElement {
            skip()
            guard rest.first == "<" else { throw .instructions("the answer is not XML: \(rest.prefix(100))") }
            let root = try element(depth: 0)
            skip()
            guard rest.isEmpty else { throw .instructions("something follows the document: \(rest.prefix(100))") }
            return root
        }

        /// Past white space, declarations and comments.
        private mutating func skip() {
            while true {
                rest = rest.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
                let end = rest.hasPrefix("<!--") ? "-->" : rest.hasPrefix("<?") ? "?>" : ""
                guard !end.isEmpty else { return }
                rest = rest.firstRange(of: end).map { rest[$0.upperBound...] } ?? ""
            }
        }

        private mutating func element(depth: Int) throws(CarrierFailure) -> XMLElement {
            guard depth < Self.deepest else { throw .instructions("the document is nested too deeply") }
            rest = rest.dropFirst()
            var element = XMLElement(name: word())
            guard !element.name.isEmpty else { throw .instructions("an element without a name") }
            while true {
                rest = rest.drop { $0.isWhitespace }
                if rest.hasPrefix("/>") {
                    rest = rest.dropFirst(2)
                    return element
                }
                if rest.first == ">" { break }
                let name = word()
                element.attributes[name] = try value(of: name, in: element.name)
            }
            rest = rest.dropFirst()
            try content(&element, depth)
            return element
        }

        private mutating func content(_ element: inout XMLElement, _ depth: Int) throws(CarrierFailure) {
            var text = ""
            while true {
                let piece = rest.prefix { $0 != "<" }
                text += Self.plain(piece)
                rest = rest[piece.endIndex...]
                if rest.hasPrefix("</\(element.name)") {
                    rest = rest.drop { $0 != ">" }.dropFirst()
                    break
                }
                if rest.hasPrefix("<!--") {
                    skip()
                } else if rest.isEmpty || rest.hasPrefix("</") {
                    throw .instructions("<\(element.name)> is not closed")
                } else {
                    element.children.append(try self.element(depth: depth + 1))
                }
            }
            let start = text.drop { $0.isWhitespace }
            let end = start.lastIndex { !$0.isWhitespace }.map { start.index(after: $0) } ?? start.startIndex
            element.text = String(start[..<end])
        }

        private mutating func word() -> String {
            let word = rest.prefix { $0.isLetter || $0.isNumber || "-_:.".contains($0) }
            rest = rest[word.endIndex...]
            return String(word)
        }

        private mutating func value(of name: String, in element: String) throws(CarrierFailure) -> String {
            rest = rest.drop { $0.isWhitespace }
            guard !name.isEmpty, rest.first == "=" else {
                throw .instructions("<\(element)>: an attribute without a value: \(rest.prefix(40))")
            }
            rest = rest.dropFirst().drop { $0.isWhitespace }
            guard let quote = rest.first, quote == "\"" || quote == "'",
                let end = rest.dropFirst().firstIndex(of: quote)
            else { throw .instructions("<\(element)>: \(name) has no quotes") }
            defer { rest = rest[rest.index(after: end)...] }
            return Self.plain(rest[rest.index(after: rest.startIndex)..<end])
        }

        private static func plain(_ text: Substring) -> String {
            guard text.contains("&") else { return String(text) }
            // The ampersand comes last, so that what it makes is not read again.
            return [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")].reduce(
                String(text)
            ) {
                $0.replacing($1.0, with: $1.1)
            }
        }
    }
}
