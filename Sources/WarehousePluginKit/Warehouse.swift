public import JSONKit
public import PluginKit
public import WarehouseKit

/// What a warehouse plugin does. Functions may block, and are called from several workers at once.
public protocol Warehouse: AnyObject, Sendable {
    /// Loads rows; returns once they are safe, and each stands there once.
    func load(_ batch: Batch) throws(PluginProblem)

    /// Answers a ready-made question, as `Question.answer` writes it.
    func answer(_ question: Question, _ window: Window) throws(PluginProblem) -> JSON

    /// Removes every row of some calls; returns how many there were.
    func erase(calls: [String]) throws(PluginProblem) -> Int

    /// Makes and checks the tables; returns how many there are.
    func check() throws(PluginProblem) -> Int
}
