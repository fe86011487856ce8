public import JSONKit

/// One table of a report: rows and columns, and what a picture of it shows.
public struct ReportTable: Sendable, Equatable {
    public enum Picture: String, Sendable, CaseIterable {
        /// None: a few values.
        case none
        /// A bar for each row, as long as the measure.
        case bars
        /// The same for rows that follow each other in time.
        case columns
        /// A bar for each row, made of all columns but the first.
        case stack
        /// A bar for each row, each the part of the first one that is left.
        case funnel
    }

    public var name: String
    public var title: String
    public var columns: [String]
    public var rows: [[JSON]]
    /// The column that is drawn; empty: none.
    public var measure: String
    public var picture: Picture

    public init(
        _ name: String,
        _ title: String,
        columns: [String],
        measure: String = "",
        picture: Picture = .none,
        rows: [[JSON]]
    ) {
        (self.name, self.title, self.columns, self.rows) = (name, title, columns, rows)
        (self.measure, self.picture) = (measure, picture)
    }

    public var json: JSON {
        [
            "name": .string(name), "title": .string(title), "columns": .array(columns.map { .string($0) }),
            "rows": .array(rows.map { .array($0) }), "measure": .string(measure), "picture": .string(picture.rawValue),
        ]
    }

    /// Nil for what is no table.
    public init?(_ json: JSON) {
        guard let name = json["name"]?.string, let columns = json["columns"]?.array, let rows = json["rows"]?.array
        else { return nil }
        self.init(
            name,
            json["title"]?.string ?? name,
            columns: columns.compactMap(\.string),
            measure: json["measure"]?.string ?? "",
            picture: json["picture"]?.string.flatMap(Picture.init) ?? .none,
            rows: rows.map { $0.array ?? [] }
        )
    }
}
