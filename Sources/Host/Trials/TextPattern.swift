import JSONKit

/// What a text is expected to have: some words, whatever their case, or a `/regular expression/` of POSIX.
struct TextPattern: Sendable {
    private enum Form: Sendable {
        case words(String)
        case expression(JSONSchema)
    }

    /// As it was written.
    let source: String
    private let form: Form

    init(_ source: String, at path: String) throws(FieldError) {
        self.source = source
        guard !source.isEmpty else { throw FieldError(path: path, problem: "must not be empty") }
        guard source.count > 2, source.first == "/", source.last == "/" else {
            form = .words(Self.plain(source))
            return
        }
        let expression = JSON.string(String(source.dropFirst().dropLast()))
        do throws(FieldError) { form = .expression(try JSONSchema(["type": "string", "pattern": expression])) } catch {
            throw FieldError(path: path, problem: "is no regular expression of POSIX: \(error.problem)")
        }
    }

    func matches(_ text: String) -> Bool {
        switch form {
        case .words(let words): return Self.plain(text).contains(words)
        case .expression(let schema):
            do throws(FieldError) {
                try schema.check(.string(text))
                return true
            } catch { return false }
        }
    }

    /// Without case, and with one space for any.
    private static func plain(_ text: String) -> String {
        text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// Reads a member that is one pattern or several.
    static func list(_ key: String, _ fields: Fields) throws(FieldError) -> [TextPattern] {
        var result: [TextPattern] = []
        for text in try texts(key, fields) { result.append(try TextPattern(text, at: fields.path(of: key))) }
        return result
    }

    private static func texts(_ key: String, _ fields: Fields) throws(FieldError) -> [String] {
        guard case .array = fields.object[key] else { return try fields.optionalString(key).map { [$0] } ?? [] }
        return try fields.strings(key)
    }
}
