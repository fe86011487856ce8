/// How a server writes SQL.
public enum Dialect: Sendable {
    case sqlite, clickhouse, snowflake

    /// A name in quotes. Snowflake keeps unquoted names in capitals, and ours are to be found without quotes.
    public func quoted(_ name: String) -> String { "\"\(self == .snowflake ? name.uppercased() : name)\"" }

    /// The type of a column, as a table is made with it.
    public func type(_ column: Column) -> String {
        switch self {
        case .sqlite:
            switch column.type {
            case .text, .time, .json: "TEXT"
            case .integer, .boolean: "INTEGER"
            case .real: "REAL"
            }
        case .clickhouse:
            switch column.type {
            case .time: "DateTime64(3, 'UTC')"
            case .text, .json: column.isRequired ? "String" : "Nullable(String)"
            case .integer: "Nullable(Int64)"
            case .real: "Nullable(Float64)"
            case .boolean: "Nullable(UInt8)"
            }
        case .snowflake:
            switch column.type {
            case .text: "VARCHAR"
            case .integer: "NUMBER(38,0)"
            case .real: "FLOAT"
            case .boolean: "BOOLEAN"
            case .time: "TIMESTAMP_NTZ(3)"
            case .json: "VARIANT"
            }
        }
    }

    /// Whether a column that is there already can hold our values.
    public func accepts(_ type: String, for column: Column) -> Bool {
        let type = type.uppercased()
        switch self {
        case .sqlite: return type == self.type(column)
        case .clickhouse:
            let bare = type.hasPrefix("NULLABLE(") ? String(type.dropFirst(9).dropLast()) : type
            let inner = bare.hasPrefix("LOWCARDINALITY(") ? String(bare.dropFirst(15).dropLast()) : bare
            switch column.type {
            case .text, .json: return inner == "STRING" || inner == "NULLABLE(STRING)"
            case .integer: return ["INT32", "INT64", "UINT32", "UINT64"].contains(inner)
            case .real: return inner == "FLOAT64" || inner == "FLOAT32"
            case .boolean: return inner == "UINT8" || inner == "BOOL"
            case .time: return type.hasPrefix("DATETIME") && type.contains("'UTC'")
            }
        case .snowflake:
            let bare = String(type.prefix { $0 != "(" })
            switch column.type {
            case .text: return ["TEXT", "VARCHAR", "STRING"].contains(bare)
            case .integer: return ["NUMBER", "FIXED"].contains(bare)
            case .real: return ["FLOAT", "REAL", "DOUBLE"].contains(bare)
            case .boolean: return bare == "BOOLEAN"
            case .time: return bare.hasPrefix("TIMESTAMP_NTZ")
            case .json: return bare == "VARIANT"
            }
        }
    }
}
