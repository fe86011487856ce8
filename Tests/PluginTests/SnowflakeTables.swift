import CSQLite
import Glibc
import JSONKit

/// The few statements of Snowflake's that the plugin writes, run on SQLite. What it does not know it refuses, as the
/// service refuses what it cannot compile.
final class SnowflakeTables {
    struct Refused: Error {
        let code: String
        let state: String
        let text: String
    }

    private let handle: OpaquePointer

    init() {
        var handle: OpaquePointer?
        sqlite3_open(":memory:", &handle)
        self.handle = handle!
    }

    deinit { sqlite3_close_v2(handle) }

    func perform(_ statement: String, _ values: [String]) -> Result<[[JSON]], Refused> {
        if statement.hasPrefix("SELECT table_name, table_type FROM information_schema.tables ") {
            return .success(
                run(
                    "SELECT name, CASE type WHEN 'view' THEN 'VIEW' ELSE 'BASE TABLE' END FROM sqlite_master WHERE type <> 'index'"
                ) ?? []
            )
        }
        if statement.hasPrefix("SELECT table_name, column_name, data_type, is_nullable, column_default FROM") {
            return .success(columns())
        }
        guard let sql = translated(statement) else {
            return .failure(.init(code: "001003", state: "42000", text: "SQL compilation error: \(statement)"))
        }
        guard let rows = run(sql, values) else {
            let text = String(cString: sqlite3_errmsg(handle))
            let (code, state) =
                text.contains("no such table")
                ? ("002003", "42S02") : text.contains("no") ? ("000904", "42000") : ("001003", "42000")
            return .failure(.init(code: code, state: state, text: "SQL compilation error: \(text)"))
        }
        if statement.hasPrefix("CREATE TABLE"), let name = statement.split(separator: "\"").dropFirst().first {
            _ = run("CREATE INDEX IF NOT EXISTS \(name)_by_event ON \(name) (event_id)")
        }
        let isChange = statement.hasPrefix("DELETE ") || statement.hasPrefix("MERGE ")
        return .success(isChange ? [[.int(Int64(sqlite3_changes(handle)))]] : rows)
    }

    /// As the information schema tells: types by their family.
    private func columns() -> [[JSON]] {
        let found = run(
            """
            SELECT m.name, c.name, c.type, CASE c."notnull" WHEN 1 THEN 'NO' ELSE 'YES' END, c.dflt_value \
            FROM sqlite_master m, pragma_table_info(m.name) c
            """
        )
        return (found ?? []).map { row in
            var row = row
            let family = row[2].string?.prefix { $0 != "(" } ?? ""
            row[2] = .string(family == "VARCHAR" ? "TEXT" : String(family))
            return row
        }
    }

    // MARK: Dialect

    private func translated(_ statement: String) -> String? {
        var sql = statement
        if sql.hasPrefix("MERGE ") {
            guard let merge = merge(sql) else { return nil }
            sql = merge
        }
        // Primary keys are a note to readers there, and not enforced.
        sql = sql.replacing(" PRIMARY KEY", with: "")
        sql = sql.replacing("TABLE(FLATTEN(INPUT => PARSE_JSON(?)))", with: "json_each(?)")
        sql = sql.replacing("SELECT value::VARCHAR FROM", with: "SELECT value FROM")
        sql = sql.replacing("TO_TIMESTAMP_NTZ(?)", with: "?")
        sql = sql.replacing(
            #"TO_CHAR(DATE_TRUNC('HOUR', "AT"), 'YYYY-MM-DD"T"HH24":00:00Z"')"#,
            with: #"SUBSTR("AT", 1, 10) || 'T' || SUBSTR("AT", 12, 2) || ':00:00Z'"#
        )
        let foreign = ["::", "FLATTEN", "TO_TIMESTAMP", "TO_CHAR", "PARSE_JSON", "DATE_TRUNC", "LIMIT", "IFNULL"]
        return foreign.contains(where: sql.contains) ? nil : sql
    }

    /// A MERGE that inserts what is not there; rows that come twice in its source are inserted twice, as there.
    private func merge(_ statement: String) -> String? {
        let form =
            /MERGE INTO ("[A-Z_]+") t USING \(SELECT (.+) FROM TABLE\(FLATTEN\(INPUT => PARSE_JSON\(\?\)\)\)\) s ON t\."EVENT_ID" = s\."EVENT_ID" WHEN NOT MATCHED THEN INSERT \((.+)\) VALUES \((.+)\)/
        guard let match = statement.wholeMatch(of: form) else { return nil }
        let (_, table, cells, names, values) = match.output
        let wanted = names.split(separator: ", ").map { "s.\($0)" }.joined(separator: ", ")
        guard values == wanted else { return nil }
        var source = String(cells)
        source.replace(/(?:TO_TIMESTAMP_NTZ|TRY_PARSE_JSON)\((value:\w+::VARCHAR)\)/) { $0.output.1 }
        source.replace(/value:(\w+)::(?:VARCHAR|FLOAT|BOOLEAN|NUMBER\(38,0\))/) {
            "json_extract(value, '$.\($0.output.1)')"
        }
        return """
            INSERT INTO \(table) (\(names)) SELECT \(values) FROM (SELECT \(source) FROM json_each(?)) s \
            WHERE NOT EXISTS (SELECT 1 FROM \(table) t WHERE t."EVENT_ID" = s."EVENT_ID")
            """
    }

    // MARK: SQLite

    /// The rows; nil for what SQLite refuses.
    func run(_ sql: String, _ values: [String] = []) -> [[JSON]]? {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else { return nil }
        defer { sqlite3_finalize(statement) }
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        for (index, value) in values.enumerated() {
            if let number = Int64(value) {
                sqlite3_bind_int64(statement, Int32(index + 1), number)
            } else {
                sqlite3_bind_text(statement, Int32(index + 1), value, Int32(value.utf8.count), transient)
            }
        }
        var rows: [[JSON]] = []
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW:
                rows.append(
                    (0..<sqlite3_column_count(statement)).map { column in
                        switch sqlite3_column_type(statement, column) {
                        case SQLITE_INTEGER: .int(sqlite3_column_int64(statement, column))
                        case SQLITE_FLOAT: .double(sqlite3_column_double(statement, column))
                        case SQLITE_NULL: .null
                        default: .string(String(cString: sqlite3_column_text(statement, column)))
                        }
                    }
                )
            case SQLITE_DONE: return rows
            default: return nil
            }
        }
    }
}
