import JSONKit
import PluginKit

/// A page of leads as the far side sends it: `{"leads": [{"external_id", "phone", "name"?, "metadata"?}], "next": ""}`.
enum LeadsPage {
    /// The page as the host reads it, or which member is not as it should be.
    static func checked(_ body: [UInt8]) -> Result<JSON, PluginProblem> {
        guard let json = body.withUnsafeBytes({ bytes in try? JSON(parsing: bytes) }) else {
            return .failure(
                PluginProblem(.malformed, "leads_url: the answer is not JSON; does it point at a page for people?")
            )
        }
        guard let leads = json["leads"]?.array else {
            return .failure(PluginProblem(.malformed, "leads_url: the answer has no list \"leads\""))
        }
        for (index, lead) in leads.enumerated() where lead["external_id"]?.string == nil || lead["phone"]?.string == nil
        {
            return .failure(
                PluginProblem(.malformed, "leads_url: leads[\(index)] has no external_id or no phone (strings)")
            )
        }
        return .success(["leads": .array(leads), "next": .string(json["next"]?.string ?? "")])
    }
}
