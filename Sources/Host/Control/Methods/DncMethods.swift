import Campaigns
import Core
import JSONKit
import Store

/// dnc.*
struct DncMethods: Sendable {
    let services: Services

    private var suppressions: Suppressions { services.store.suppressions }

    var methods: [Method] { [.slow("dnc.add", add), .slow("dnc.list", list), .slow("dnc.remove", remove)] }

    private func add(_ parameters: Parameters) async throws(Failure) -> JSON {
        let (now, campaign) = (Timestamp.now(), parameters.string("campaign"))
        let reason = parameters.string("reason")
        if !campaign.isEmpty { try await check(campaign) }
        var all: [Suppression] = []
        for (index, text) in parameters.strings("patterns").enumerated() {
            let pattern: String
            do throws(NumberError) { pattern = try normal(text, parameters.string("country")) } catch {
                throw Failure(.invalidParameters, "patterns[\(index)]: \(error.problem)", field: "patterns[\(index)]")
            }
            all.append(Suppression(campaign: campaign, pattern: pattern, reason: reason, made: now))
        }
        do throws(StoreError) {
            let added = try await suppressions.add(all).count
            return ["added": .int(Int64(added)), "known": .int(Int64(all.count - added))]
        } catch { throw Failure(error) }
    }

    /// An entry for a campaign that does not exist would forbid nothing.
    private func check(_ campaign: String) async throws(Failure) {
        do throws(StoreError) { _ = try await services.campaigns.keeper.get(campaign) } catch {
            if case .notFound = error {
                let fix = "without one the entry holds for all campaigns"
                throw Failure(.notFound, "campaign: no campaign is called \(campaign); \(fix)", field: "campaign")
            }
            throw Failure(error)
        }
    }

    /// Patterns stay as they are, and so does what cannot be called anyhow: a list to forbid numbers takes all of them.
    private func normal(_ text: String, _ country: String) throws(NumberError) -> String {
        if Suppression.isPattern(text) { return text }
        guard !text.contains("*") else {
            throw NumberError("is no beginning of numbers; write + and 1 to 15 digits in front of the *, as in +1900*")
        }
        return try PhoneNumber(text, country: country, plan: services.campaigns.rules.plan).e164
    }

    private func list(_ parameters: Parameters) async throws(Failure) -> JSON {
        do throws(StoreError) {
            let found = try await suppressions.list(
                campaign: parameters.optionalString("campaign"),
                after: parameters.string("after"),
                limit: parameters.int("limit")
            )
            return ["items": .array(found.map(\.json))]
        } catch { throw Failure(error) }
    }

    private func remove(_ parameters: Parameters) async throws(Failure) -> JSON {
        do throws(StoreError) {
            let pattern = parameters.string("pattern")
            guard try await suppressions.remove(campaign: parameters.string("campaign"), pattern: pattern) else {
                throw StoreError.notFound("the entry")
            }
            return ["removed": true]
        } catch { throw Failure(error) }
    }
}

extension Suppression {
    fileprivate var json: JSON {
        [
            "campaign": .string(campaign), "pattern": .string(pattern), "reason": .string(reason),
            "made_at": .string(made.description),
        ]
    }
}
