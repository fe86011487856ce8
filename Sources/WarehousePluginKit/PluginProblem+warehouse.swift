public import PluginKit
public import WarehouseKit

extension PluginProblem {
    /// Reads a request; what makes no sense in it never will, and the host puts it aside.
    public static func reading<Value>(_ body: () throws(WarehouseError) -> Value) throws(PluginProblem) -> Value {
        do throws(WarehouseError) { return try body() } catch { throw PluginProblem(.invalid, error.text) }
    }

    /// Looks at tables; those of another shape are refused, and what is to be loaded waits until somebody has mended them.
    public static func judging<Value>(
        _ service: String,
        _ body: () throws(WarehouseError) -> Value
    ) throws(PluginProblem) -> Value {
        do throws(WarehouseError) { return try body() } catch {
            throw PluginProblem(.refused, "\(service): \(error.text)", isRetryable: false)
        }
    }
}
