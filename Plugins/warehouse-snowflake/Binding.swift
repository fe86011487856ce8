import JSONKit

/// A value that stands for a question mark of a statement; the service wants every value as a text.
enum Binding {
    case text(String)
    case number(Int)

    var json: JSON {
        switch self {
        case .text(let text): ["type": "TEXT", "value": .string(text)]
        case .number(let number): ["type": "FIXED", "value": .string(String(number))]
        }
    }
}
