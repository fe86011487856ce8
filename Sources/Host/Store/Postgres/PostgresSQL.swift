/// The store's SQL as PostgreSQL takes it.
enum PostgresSQL {
    /// The number that hosts agree on while they make tables.
    static let migrationLock: Int64 = 0x7061_7463_6862_6179

    /// `?` becomes `$1`, `$2`, but not in quotes.
    static func numbered(_ sql: String) -> String {
        var (result, count, isQuoted) = ("", 0, false)
        for character in sql {
            if character == "'" { isQuoted.toggle() }
            guard character == "?", !isQuoted else {
                result.append(character)
                continue
            }
            count += 1
            result += "$\(count)"
        }
        return result
    }

    /// SQLite's integers have 64 bits, and its tables without row numbers have no like.
    static func tables(_ sql: String) -> String {
        sql.replacing(" INTEGER", with: " BIGINT").replacing(" WITHOUT ROWID", with: "").replacing(
            " BLOB",
            with: " BYTEA"
        )
    }
}
