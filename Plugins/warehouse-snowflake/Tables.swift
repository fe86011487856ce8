import JSONKit
import PluginKit
import WarehouseKit
import WarehousePluginKit

/// Makes what is missing, and refuses tables of another shape.
enum Tables {
    static func prepare(_ statements: Statements) throws(PluginProblem) {
        let names = Table.all.map { "'\($0.name.uppercased())'" }.joined(separator: ", ")
        let tables = try statements.run(
            """
            SELECT table_name, table_type FROM information_schema.tables \
            WHERE table_schema = CURRENT_SCHEMA() AND table_name IN (\(names))
            """
        )
        let columns = try statements.run(
            """
            SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns \
            WHERE table_schema = CURRENT_SCHEMA() AND table_name IN (\(names))
            """
        )
        for table in Table.all {
            let name = table.name.uppercased()
            guard let kind = tables.first(where: { $0.first?.string == name })?.last?.string else {
                let definition = table.definition(.snowflake) { Dialect.snowflake.type($0) }
                _ = try statements.run(
                    "CREATE TABLE IF NOT EXISTS \(Dialect.snowflake.quoted(table.name)) (\(definition))"
                )
                continue
            }
            let found = columns.filter { $0.count == 5 && $0[0].string == name }.map {
                Table.Found(
                    name: $0[1].string ?? "",
                    type: $0[2].string ?? "",
                    isDemanded: $0[3].string == "NO" && $0[4].isNull
                )
            }
            let missing = try PluginProblem.judging(statements.name) { () throws(WarehouseError) in
                guard kind == "BASE TABLE" else { throw table.otherShape("is a \(kind.lowercased())") }
                return try table.missing(from: found, .snowflake)
            }
            for column in missing {
                _ = try statements.run(
                    """
                    ALTER TABLE \(Dialect.snowflake.quoted(table.name)) ADD COLUMN \
                    \(Dialect.snowflake.quoted(column.name)) \(Dialect.snowflake.type(column))
                    """
                )
            }
        }
    }
}
