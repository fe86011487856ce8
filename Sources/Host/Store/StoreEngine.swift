/// Which database the store is kept in.
public enum StoreEngine: Sendable {
    /// `patchbay.sqlite` in the state folder.
    case sqlite
    /// A PostgreSQL at `postgresql://user@host:port/database`; the password, if any, is read for each connection.
    case postgres(url: String, password: @Sendable () -> String?)

    func open(in folder: StateFolder) throws(StoreError) -> Database {
        switch self {
        case .sqlite: try Database(path: "\(folder.path)/patchbay.sqlite")
        case .postgres(let url, let password): Database(try PostgresEngine(.init(url: url, password: password)))
        }
    }
}
