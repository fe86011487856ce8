/// Making tables, and judging those that are there.
extension Table {
    /// A column as a server describes it.
    public struct Found: Sendable {
        public let name: String
        public let type: String
        /// It must be given: no null, and no value of its own.
        public let isDemanded: Bool

        public init(name: String, type: String, isDemanded: Bool) {
            (self.name, self.type, self.isDemanded) = (name, type, isDemanded)
        }
    }

    /// Which columns are missing from a table that is there.
    /// - Throws: for a table of another shape, an error that names table, column and fix.
    public func missing(from found: [Found], _ dialect: Dialect) throws(WarehouseError) -> [Column] {
        var missing: [Column] = []
        for column in columns {
            guard let there = found.first(where: { $0.name.lowercased() == column.name }) else {
                // Rows that stand there already have no event and no time.
                if column.isRequired { throw otherShape("has no column \(column.name)") }
                missing.append(column)
                continue
            }
            guard dialect.accepts(there.type, for: column) else {
                throw otherShape("has \(column.name) as \(there.type), not \(dialect.type(column))")
            }
        }
        for there in found where there.isDemanded && column(there.name.lowercased()) == nil {
            throw otherShape("demands a column \(there.name) that nobody fills")
        }
        return missing
    }

    /// Why a table is not ours.
    public func otherShape(_ what: String) -> WarehouseError {
        WarehouseError(
            "the table \(name) \(what): it is of another shape. Rename or drop it, or name another database; it is made anew"
        )
    }

    /// The columns of a CREATE TABLE, without brackets.
    public func definition(_ dialect: Dialect, type: (Column) -> String) -> String {
        columns.map { column in
            var text = "\(dialect.quoted(column.name)) \(type(column))"
            // ClickHouse's types say so themselves.
            if column.isRequired, dialect != .clickhouse { text += " NOT NULL" }
            if column.name == "event_id", dialect != .clickhouse { text += " PRIMARY KEY" }
            return text
        }.joined(separator: ", ")
    }
}
