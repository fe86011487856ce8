public import PluginKit

/// What a plugin does that reaches a CRM over its own API. Functions may block, and are called from several workers at once.
public protocol CRMSystem: AnyObject, Sendable {
    /// Writes a record, or finds that it was written already; returns what the far side calls it, once it is safe there.
    func write(_ record: CRMRecord, _ attempt: Attempt) throws(PluginProblem) -> String

    /// New and changed leads. `cursor` is empty or the last `next`.
    func leads(after cursor: String, limit: Int, _ attempt: Attempt) throws(PluginProblem) -> LeadsPage
}
