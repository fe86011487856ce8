/// The collections of `Store.Documents` that the control plane writes; the executable reads them at start.
public enum DocumentCollection {
    /// Agent documents by name.
    public static let agents = "agents"
    /// Routes that were set at run time, by name, as `Route.json`.
    public static let routes = "routes"
}
