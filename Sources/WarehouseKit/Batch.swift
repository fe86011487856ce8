public import JSONKit

/// Rows to be loaded, checked: every value is of its column's type, and no event comes twice in a table.
public struct Batch: Sendable {
    /// The rows of one table.
    public struct Part: Sendable {
        public let table: Table
        /// Values in the order of the table's columns; null where there is none.
        public let rows: [[JSON]]
    }

    /// The same for every try of the same rows.
    public let id: String
    /// Tables that have rows, in the order of `Table.all`.
    public let parts: [Part]
    public var count: Int { parts.reduce(0) { $0 + $1.rows.count } }

    /// Reads `{"batch_id": "...", "tables": {"calls": [{row}, ...], ...}}`.
    public init(_ json: JSON) throws(WarehouseError) {
        guard let id = json["batch_id"]?.string, (1...256).contains(id.utf8.count) else {
            throw WarehouseError("batch_id: is required (a string of 1 to 256 bytes)")
        }
        guard let tables = json["tables"]?.object else {
            throw WarehouseError("tables: is required (an object of lists of rows)")
        }
        for name in tables.keys where Table.named(name) == nil {
            throw WarehouseError(
                "tables.\(name): is no table; known are \(Table.all.map(\.name).joined(separator: ", "))"
            )
        }
        self.id = id
        var parts: [Part] = []
        for table in Table.all {
            guard let list = tables[table.name] else { continue }
            guard let list = list.array else {
                throw WarehouseError("tables.\(table.name): must be a list of rows")
            }
            let rows = try Self.rows(list, of: table)
            if !rows.isEmpty { parts.append(Part(table: table, rows: rows)) }
        }
        self.parts = parts
    }

    private static func rows(_ list: [JSON], of table: Table) throws(WarehouseError) -> [[JSON]] {
        var known: Set<String> = []
        var rows: [[JSON]] = []
        for (index, json) in list.enumerated() {
            let path = "tables.\(table.name)[\(index)]"
            guard let object = json.object else { throw WarehouseError("\(path): must be an object") }
            for name in object.keys where table.column(name) == nil {
                throw WarehouseError("\(path).\(name): is no column of \(table.name)")
            }
            var row: [JSON] = []
            for column in table.columns { row.append(try value(of: column, in: object, path)) }
            if let id = row[0].string, known.insert(id).inserted { rows.append(row) }
        }
        return rows
    }

    private static func value(of column: Column, in object: JSONObject, _ path: String) throws(WarehouseError) -> JSON {
        guard let value = object[column.name], !value.isNull else {
            guard !column.isRequired else { throw WarehouseError("\(path).\(column.name): is required") }
            return .null
        }
        guard let accepted = column.type.accepted(value) else {
            throw WarehouseError(
                "\(path).\(column.name): must be \(column.type == .time ? "a time" : column.type.rawValue)"
            )
        }
        return accepted
    }
}
