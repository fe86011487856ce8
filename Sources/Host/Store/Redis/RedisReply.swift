/// What Redis answered.
enum RedisReply: Sendable, Equatable {
    case text(String)
    case integer(Int64)
    case array([RedisReply])
    case none

    var text: String? { if case .text(let text) = self { text } else { nil } }
    var integer: Int64? { if case .integer(let number) = self { number } else { nil } }

    /// An array of names and values in turn, as HGETALL gives it.
    var members: [String: String] {
        guard case .array(let items) = self else { return [:] }
        var members: [String: String] = [:]
        for index in stride(from: 0, to: items.count - 1, by: 2) {
            if let name = items[index].text { members[name] = items[index + 1].text ?? "" }
        }
        return members
    }
}
