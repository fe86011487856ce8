import JSONKit

/// One entry of the log as bytes: short enough for one undivided `write`, and without secrets.
struct LogLine {
    var at: Timestamp
    var level: Log.Level
    var component: String
    var message: String
    var fields: JSONObject

    /// What a pipe takes in one piece (PIPE_BUF), with the line's end.
    static let longest = 4096
    private static let longestText = 1000

    func bytes(_ format: Log.Format) -> [UInt8] {
        var line = render(format, shown: Self.presentable(fields))
        if line.count >= Self.longest { line = render(format, shown: ["fields_left_out": true]) }
        line.append(UInt8(ascii: "\n"))
        return line
    }

    private func render(_ format: Log.Format, shown: JSONObject) -> [UInt8] {
        var line: [UInt8] = []
        let message = Self.cut(message)
        switch format {
        case .json:
            var object: JSONObject = [
                "at": .string(at.description), "level": .string(level.name), "component": .string(component),
                "message": .string(message),
            ]
            for (key, value) in shown where object[key] == nil { object[key] = value }
            JSON.object(object).write(into: &line)
        case .text:
            let name = level.name.uppercased()
            let space = String(repeating: " ", count: 7 - name.count)
            // A message may quote what came from outside: no line break of it begins a line of its own.
            let oneLine = message.contains(where: \.isNewline) ? JSON.string(message).description : message
            line += "\(at) \(name)\(space) \(component): \(oneLine)".utf8
            for (key, value) in shown {
                line += " \(key)=".utf8
                value.write(into: &line)
            }
        }
        return line
    }

    // MARK: Secrets and lengths

    private static let secretWords = [
        "secret", "token", "password", "passphrase", "authorization", "api_key", "apikey", "private_key", "credential",
    ]

    private static func isSecret(_ key: String) -> Bool {
        let name = key.lowercased()
        return name == "key" || secretWords.contains { name.contains($0) }
    }

    private static func presentable(_ fields: JSONObject) -> JSONObject {
        JSONObject(fields.members.map { ($0.key, presentable($0.value, isSecret: isSecret($0.key))) })
    }

    /// Counts of tokens are no secrets: numbers and truth values stay.
    private static func presentable(_ value: JSON, isSecret: Bool) -> JSON {
        switch value {
        case .string(let text): isSecret ? "***" : .string(cut(text))
        case .array(let elements): .array(elements.map { presentable($0, isSecret: isSecret) })
        case .object(let object): isSecret ? "***" : .object(presentable(object))
        default: value
        }
    }

    private static func cut(_ text: String) -> String {
        text.utf8.count <= longestText ? text : String(decoding: text.utf8.prefix(longestText), as: UTF8.self) + "..."
    }
}
