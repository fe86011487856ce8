import JSONKit

/// What a benchmark needs of its host.
protocol Plan {
    /// Plugins beside the telephony's: the library's name, the name it is loaded under, its configuration.
    static var plugins: [(library: String, name: String, config: JSON)] { get }
    /// Routes by kind, for agents that name no other.
    static var routes: JSONObject { get }
    /// Agent documents by the number that is called.
    static var agents: [(number: String, document: JSON)] { get }
}
