import Campaigns
import Core
import JSONKit
import Jobs
import Store

/// lead.*
struct LeadMethods: Sendable {
    let services: Services

    private var leads: LeadTable { services.store.leads }

    var methods: [Method] {
        [
            .slow("lead.add", add), .slow("lead.import", importAll), .slow("lead.list", list),
            .slow("lead.count", count),
            .slow("lead.get", get), .slow("lead.update", update), .slow("lead.explain", explain),
            .slow("lead.close", close),
        ]
    }

    private func reader(_ parameters: Parameters, list: String) -> LeadReader {
        let country = parameters.optionalString("country") ?? ""
        return LeadReader(list: list, country: country, plan: services.campaigns.rules.plan, now: .now())
    }

    private func add(_ parameters: Parameters) async throws(Failure) -> JSON {
        var reader = reader(parameters, list: parameters.string("list"))
        var (leads, problems): ([Lead], [JSON]) = ([], [])
        for (index, entry) in (parameters["leads"]?.array ?? []).enumerated() {
            do throws(FieldError) { leads.append(try reader.read(entry.object ?? [:])) } catch {
                problems.append([
                    "index": .int(Int64(index)), "field": .string(error.path), "problem": .string(error.problem),
                ])
            }
        }
        do throws(StoreError) {
            let outcome = try await self.leads.add(leads, update: parameters.bool("update"))
            return [
                "taken": .int(Int64(outcome.added)), "updated": .int(Int64(outcome.updated)),
                "duplicates": .int(Int64(outcome.duplicates)), "refused": .int(Int64(problems.count)),
                "problems": .array(problems),
            ]
        } catch { throw Failure(error) }
    }

    private func importAll(_ parameters: Parameters) async throws(Failure) -> JSON {
        let wanted: LeadImportOrder
        do throws(FieldError) { wanted = try LeadImportOrder(.object(parameters.object)) } catch {
            throw Failure(error)
        }
        if let source = wanted.source {
            do throws(LeadImportFailure) { try LeadImport.check(source) } catch {
                throw Failure(.invalidParameters, error.message, field: "path")
            }
        }
        do throws(StoreError) {
            return try await services.jobs.want(wanted.key, input: wanted.json).json
        } catch { throw Failure(error) }
    }

    private func list(_ parameters: Parameters) async throws(Failure) -> JSON {
        let filter = LeadFilter(
            list: parameters.optionalString("list"),
            state: parameters.optionalString("state").flatMap(Lead.State.init),
            disposition: parameters.optionalString("disposition"),
            number: parameters.optionalString("number"),
            externalID: parameters.optionalString("external_id")
        )
        do throws(StoreError) {
            let found = try await leads.list(filter, after: parameters.string("after"), limit: parameters.int("limit"))
            return ["items": .array(found.map(\.json))]
        } catch { throw Failure(error) }
    }

    private func count(_ parameters: Parameters) async throws(Failure) -> JSON {
        do throws(StoreError) {
            let counts = try await leads.counts(lists: parameters.strings("lists"))
            let items = counts.map { count -> JSON in
                [
                    "list": .string(count.list), "state": .string(count.state.rawValue),
                    "disposition": .string(count.disposition), "count": .int(count.count),
                ]
            }
            return ["items": .array(items)]
        } catch { throw Failure(error) }
    }

    private func get(_ parameters: Parameters) async throws(Failure) -> JSON { try await found(parameters).json }

    private func found(_ parameters: Parameters) async throws(Failure) -> Lead {
        let id = parameters.string("lead_id")
        do throws(StoreError) {
            guard let lead = try await leads.get(id) else { throw StoreError.notFound("lead \(id)") }
            return lead
        } catch { throw Failure(error) }
    }

    private func update(_ parameters: Parameters) async throws(Failure) -> JSON {
        let lead = try await found(parameters)
        var person = parameters.json("lead").object ?? [:]
        person["number"] = .string(lead.number)
        var reader = reader(parameters, list: lead.list)
        let news: Lead
        do throws(FieldError) { news = try reader.read(person) } catch {
            throw Failure(FieldError(path: "lead.\(error.path)", problem: error.problem))
        }
        guard news.number == lead.number else {
            throw Failure(.invalidParameters, "lead: a lead keeps its number; add another lead", field: "lead")
        }
        let (next, callback) = (try time("next_at", parameters), try time("callback_at", parameters))
        let reopens = parameters.bool("reopen")
        return try await changed(lead.id) { lead throws(Refusal) in
            lead.take(personOf: news)
            if let callback { (lead.callbackAt, lead.nextAt) = (callback, callback) }
            if let next { lead.nextAt = next }
            if reopens {
                guard lead.state != .claimed else { throw Refusal("the lead is being called") }
                (lead.state, lead.reason) = (.ready, "")
            }
        }
    }

    /// - Throws: what is no time is not taken for none.
    private func time(_ name: String, _ parameters: Parameters) throws(Failure) -> Timestamp? {
        guard let text = parameters.optionalString(name) else { return nil }
        if let time = Timestamp(parsing: text) { return time }
        let problem = "must be a time in UTC such as 2026-11-26T17:00:00Z"
        throw Failure(FieldError(path: name, problem: problem))
    }

    private func close(_ parameters: Parameters) async throws(Failure) -> JSON {
        let reason = parameters.string("reason")
        return try await changed(parameters.string("lead_id")) { lead throws(Refusal) in
            guard lead.state != .claimed else {
                throw Refusal("the lead is being called; wait for the end of the call, or hang up")
            }
            (lead.state, lead.reason) = (.closed, reason)
        }
    }

    private func changed(
        _ id: String,
        _ change: @escaping @Sendable (inout Lead) throws(Refusal) -> Void
    ) async throws(Failure) -> JSON {
        do throws(StoreError) {
            let now = Timestamp.now()
            return try await leads.change(id) { lead throws(Refusal) in
                let before = lead
                try change(&lead)
                guard lead != before else { return [] }
                lead.updated = now
                return [lead.updatedEvent(campaign: "", at: now)]
            }.json
        } catch { throw Failure(error) }
    }

    private func explain(_ parameters: Parameters) async throws(Failure) -> JSON {
        let lead = try await found(parameters)
        let campaign = try await campaign(of: lead, parameters.optionalString("campaign"))
        let now = try time("at", parameters) ?? .now()
        do throws(StoreError) {
            let prospect = try await services.store.attempts.prospect(of: lead.id, campaign: campaign.name, at: now)
            guard let prospect else { throw StoreError.notFound("lead \(lead.id)") }
            let decision = services.campaigns.rules.decide(prospect, campaign, at: now)
            var members = decision.json.object ?? [:]
            (members["lead_id"], members["campaign"]) = (.string(lead.id), .string(campaign.name))
            if let next = decision.next { members["next_at"] = .string(next.description) }
            return .object(members)
        } catch { throw Failure(error) }
    }

    /// The campaign that is named, or the one that has the lead's list.
    private func campaign(of lead: Lead, _ name: String?) async throws(Failure) -> Campaign {
        let records: [CampaignRecord]
        do throws(StoreError) { records = try await services.store.campaigns.list() } catch { throw Failure(error) }
        let found = records.first { record in
            name.map { $0 == record.name } ?? (record.body["lists"]?.array ?? []).contains(.string(lead.list))
        }
        guard let found else {
            let what = name.map { "campaign \($0) does not exist" } ?? "no campaign has the list \(lead.list)"
            throw Failure(.notFound, what, field: "campaign")
        }
        do throws(FieldError) { return try Campaign(found.body) } catch {
            throw Failure(.wrongState, "campaign \(found.name): \(error)", field: "campaign")
        }
    }
}
