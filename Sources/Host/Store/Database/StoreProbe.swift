import Core

/// Asks whether a store could be opened, and makes nothing in it. Blocks for a few seconds at most.
public enum StoreProbe {
    /// How far this machine's clock is ahead of the server's.
    /// - Throws: what would keep a host from starting, with the setting to mend.
    public static func postgres(url: String, password: @escaping @Sendable () -> String?) throws(StoreError) -> Duration
    {
        let engine = try PostgresEngine(.init(url: url, password: password, limit: .seconds(3)))
        defer { engine.close() }
        func number(_ sql: String) throws(StoreError) -> Int64 {
            let statement = try engine.prepare(sql)
            return try statement.step() ? statement.int(0) : 0
        }
        let hasVersion = try number("SELECT (to_regclass('store_version') IS NOT NULL)::int") == 1
        if hasVersion {
            let version = try number("SELECT coalesce(max(version), 0) FROM store_version")
            guard version <= Tables.migrations.count else {
                throw .failed("postgresql: the tables are of a newer Patchbay (\(version)); update this host")
            }
        } else if try number("SELECT (to_regclass('events') IS NOT NULL)::int") == 1 {
            throw .failed("postgresql: there is a table events that is not ours; name another database in store.url")
        }
        guard try number("SELECT has_schema_privilege(current_schema(), 'CREATE')::int") == 1 else {
            throw .failed(
                "postgresql: the user may not make tables; grant it CREATE on the schema, or change store.url"
            )
        }
        let theirs = try number("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
        return .milliseconds(Timestamp.now().unixMilliseconds - theirs)
    }
}
