import Campaigns
import Core
import JSONKit
import Store

/// campaign.*
struct CampaignMethods: Sendable {
    let services: Services

    private var keeper: CampaignKeeper { services.campaigns.keeper }
    private var reporter: CampaignReporter { services.campaigns.reporter }

    var methods: [Method] {
        [
            .slow("campaign.put", put), .slow("campaign.check", check), .slow("campaign.list", list),
            .slow("campaign.get", get), .slow("campaign.start", start), .slow("campaign.pause", pause),
            .slow("campaign.report", report), .slow("campaign.explain", explain), .slow("campaign.complete", complete),
            .slow("campaign.delete", delete),
        ]
    }

    // MARK: Documents

    private func put(_ parameters: Parameters) async throws(Failure) -> JSON {
        let document = parameters.json("document")
        let errors = try await findings(document).filter { $0.severity == .error }
        if let first = errors.first {
            let all = errors.map { "document.\($0.path): \($0.problem)" }.joined(separator: "; ")
            throw Failure(.invalidParameters, all, field: "document.\(first.path)")
        }
        do throws(StoreError) {
            return try await describe(keeper.put(document, ifRevision: parameters["if_revision"]?.int))
        } catch { throw Failure(error) }
    }

    private func check(_ parameters: Parameters) async throws(Failure) -> JSON {
        let document = parameters.json("document")
        let findings = try await findings(document)
        return [
            "name": .string(document["name"]?.string ?? ""),
            "valid": .bool(!findings.contains { $0.severity == .error }), "problems": .array(findings.map(\.json)),
        ]
    }

    private func findings(_ document: JSON) async throws(Failure) -> [CampaignFinding] {
        do throws(StoreError) { return try await keeper.findings(on: document) } catch { throw Failure(error) }
    }

    private func delete(_ parameters: Parameters) async throws(Failure) -> JSON {
        let name = parameters.string("name")
        do throws(StoreError) { try await keeper.delete(name, ifRevision: parameters["if_revision"]?.int) } catch {
            throw Failure(error)
        }
        return ["name": .string(name)]
    }

    // MARK: Life

    private func start(_ parameters: Parameters) async throws(Failure) -> JSON {
        do throws(StoreError) {
            return try await describe(keeper.start(parameters.string("name"), atOnce: parameters.bool("at_once")))
        } catch { throw Failure(error) }
    }

    private func pause(_ parameters: Parameters) async throws(Failure) -> JSON {
        let reason = parameters.optionalString("reason") ?? ""
        do throws(StoreError) {
            return try await describe(keeper.pause(parameters.string("name"), reason: reason))
        } catch { throw Failure(error) }
    }

    private func complete(_ parameters: Parameters) async throws(Failure) -> JSON {
        let reason = parameters.optionalString("reason") ?? ""
        do throws(StoreError) {
            return try await describe(keeper.complete(parameters.string("name"), reason: reason))
        } catch { throw Failure(error) }
    }

    // MARK: Asking

    private func list(_ parameters: Parameters) async throws(Failure) -> JSON {
        do throws(StoreError) {
            var items: [JSON] = []
            for record in try await keeper.list() { items.append(try await describe(record)) }
            return ["items": .array(items)]
        } catch { throw Failure(error) }
    }

    private func get(_ parameters: Parameters) async throws(Failure) -> JSON {
        do throws(StoreError) {
            let record = try await keeper.get(parameters.string("name"))
            var members = try await describe(record).object ?? [:]
            members["document"] = record.body
            return .object(members)
        } catch { throw Failure(error) }
    }

    private func describe(_ record: CampaignRecord) async throws(StoreError) -> JSON {
        let live = try await services.store.attempts.countLive(campaign: record.name)
        return [
            "name": .string(record.name), "state": .string(record.state), "reason": .string(record.reason),
            "revision": .int(record.revision), "agent": record.body["agent"] ?? "", "lists": record.body["lists"] ?? [],
            "live": .int(Int64(live)), "updated_at": .string(record.updated.description),
        ]
    }

    private func explain(_ parameters: Parameters) async throws(Failure) -> JSON {
        let name = parameters.string("name")
        do throws(StoreError) {
            let campaign = CampaignReading(try await keeper.get(name).body).campaign
            let held = try await reporter.heldBack(campaign, limit: parameters.int("limit"), at: .now())
            let items = held.rules.sorted { ($1.value.leads, $0.key) < ($0.value.leads, $1.key) }
            return [
                "name": .string(name), "looked": .int(Int64(held.looked)), "free": .int(Int64(held.free)),
                "items": .array(
                    items.map { rule, entry in
                        var members: JSONObject = ["rule": .string(rule), "leads": .int(Int64(entry.leads))]
                        if let until = entry.until { members["until"] = .string(until.description) }
                        return .object(members)
                    }
                ),
            ]
        } catch { throw Failure(error) }
    }

    private func report(_ parameters: Parameters) async throws(Failure) -> JSON {
        let name = parameters.string("name")
        let price = CallPrice(
            perMinute: parameters["price_per_minute"]?.double ?? CallPrice().perMinute,
            currency: parameters.string("currency")
        )
        let day = try Self.day(parameters.optionalString("day"))
        var report: JSON
        do throws(StoreError) {
            if let day, let kept = try await reporter.kept(name, day) {
                report = kept
            } else {
                report = try await reporter.report(on: name, day: day, price: price, at: .now()).json
            }
        } catch { throw Failure(error) }
        guard parameters.bool("html"), case .object(var members) = report else { return report }
        members["html"] = .string(CampaignPage.html(report))
        report = .object(members)
        return report
    }

    private static func day(_ text: String?) throws(Failure) -> CivilDay? {
        guard let text else { return nil }
        guard let day = CivilDay(parsing: text) else {
            throw Failure(.invalidParameters, "day: must be a day such as 2026-11-23, is \"\(text)\"", field: "day")
        }
        return day
    }
}
