public import PluginKit
public import WarehouseKit

extension PluginProblem {
    /// What a warehouse cannot do however often it is tried.
    public init(_ error: WarehouseError, service: String = "") {
        self.init(.invalid, service.isEmpty ? error.text : "\(service): \(error.text)")
    }

    /// Runs `body`, with its errors as those of a plugin.
    public static func of<Value>(
        service: String = "",
        _ body: () throws(WarehouseError) -> Value
    ) throws(PluginProblem) -> Value {
        do throws(WarehouseError) { return try body() } catch { throw PluginProblem(error, service: service) }
    }
}
