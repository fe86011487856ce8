import JSONKit

/// `x-cli`: what the command line cannot guess from the schemas.
public struct CommandHints: Sendable {
    /// A column of the table that shows a result.
    public struct Column: Sendable {
        public let member: String
        public let title: String
    }

    /// Parameters that may be given without their name, in this order.
    public let positional: [String]
    /// Parameters that are paths: the client makes them absolute.
    public let paths: [String]
    /// The member of the result that holds the table's rows.
    public let rows: String
    /// Nil: the result is shown member by member.
    public let columns: [Column]?
    /// Members shown above the table.
    public let heading: [String]
    /// The member that is printed as it is, a text or a value; empty: the whole result.
    public let value: String?
    /// The member of a result that, where it is there, is a text to print as it is.
    public let text: String?
    /// The boolean member that says whether the command succeeded.
    public let succeeds: String?
    /// Goes on with notifications until interrupted.
    public let isStream: Bool
    /// The result has `columns`, `rows` and `measure`: a table with bars, or CSV.
    public let isGrid: Bool
    /// The result has `tables`, each with `title`, `columns`, `rows`, `measure` and `picture`: shown one below the other.
    public let hasTables: Bool
    /// The boolean parameter that asks for a text, which the result has under the same name: its flag takes a file instead.
    public let saved: String?
    /// May be called by its namespace alone: with an argument, if it takes one by position; else without.
    public let isVerbless: Bool
    /// The method that tells how far what was started is: `--wait` asks it until it is over.
    public let awaits: String?
    /// Of no use on a command line.
    public let isHidden: Bool

    init(_ json: JSON) {
        positional = (json["positional"]?.array ?? []).compactMap(\.string)
        paths = (json["paths"]?.array ?? []).compactMap(\.string)
        rows = json["rows"]?.string ?? "items"
        columns = json["columns"]?.array?.map { column in
            Column(member: column["member"]?.string ?? "", title: column["title"]?.string ?? "")
        }
        heading = (json["heading"]?.array ?? []).compactMap(\.string)
        value = json["value"]?.string
        text = json["text"]?.string
        succeeds = json["succeeds"]?.string
        isStream = json["stream"]?.bool ?? false
        isGrid = json["grid"]?.bool ?? false
        hasTables = json["tables"]?.bool ?? false
        saved = json["saves"]?.string
        isVerbless = json["verbless"]?.bool ?? false
        awaits = json["awaits"]?.string
        isHidden = json["hidden"]?.bool ?? false
    }
}
