import JSONKit
import WarehouseKit

/// Rows on their way into a table: one text of JSON for many, of which those are inserted whose event is not there.
enum Merge {
    /// What one value may hold, with much to spare.
    private static let longest = 1 << 20

    static func statement(_ table: Table) -> String {
        let names = table.columns.map { Dialect.snowflake.quoted($0.name) }
        let cells = table.columns.map { "\(cell($0)) AS \(Dialect.snowflake.quoted($0.name))" }
        let id = Dialect.snowflake.quoted("event_id")
        return """
            MERGE INTO \(Dialect.snowflake.quoted(table.name)) t USING (SELECT \(cells.joined(separator: ", ")) \
            FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?)))) s ON t.\(id) = s.\(id) \
            WHEN NOT MATCHED THEN INSERT (\(names.joined(separator: ", "))) \
            VALUES (\(names.map { "s.\($0)" }.joined(separator: ", ")))
            """
    }

    private static func cell(_ column: Column) -> String {
        switch column.type {
        case .text: "value:\(column.name)::VARCHAR"
        case .integer: "value:\(column.name)::NUMBER(38,0)"
        case .real: "value:\(column.name)::FLOAT"
        case .boolean: "value:\(column.name)::BOOLEAN"
        case .time: "TO_TIMESTAMP_NTZ(value:\(column.name)::VARCHAR)"
        case .json: "TRY_PARSE_JSON(value:\(column.name)::VARCHAR)"
        }
    }

    /// The rows of a part as texts of bounded length; a row that is longer goes alone.
    static func portions(of part: Batch.Part) -> [String] {
        var portions: [String] = []
        var bytes: [UInt8] = []
        func close() {
            if !bytes.isEmpty { portions.append(String(decoding: bytes + [UInt8(ascii: "]")], as: UTF8.self)) }
            bytes = []
        }
        for row in part.rows {
            var object = JSONObject()
            for (column, value) in zip(part.table.columns, row) where !value.isNull {
                object[column.name] = column.type == .time ? spaced(value) : value
            }
            let text = JSON.object(object).description.utf8
            if bytes.count + text.count + 2 > longest { close() }
            bytes.append(UInt8(ascii: bytes.isEmpty ? "[" : ","))
            bytes += text
        }
        close()
        return portions
    }

    private static func spaced(_ value: JSON) -> JSON {
        value.string.flatMap(Instant.init(parsing:)).map { .string($0.spaced) } ?? value
    }
}
