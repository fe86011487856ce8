import Core
import JSONKit

/// Objects: made, read, changed and searched for.
extension HubSpotServer.State {
    typealias Reply = ScriptedServer.Reply

    mutating func add(_ type: String, _ properties: [String: String], _ contacts: [(String, Int64)]) -> String {
        last += 1
        var object = HubSpotServer.Object(properties: properties, isIndexed: mood.isIndexing)
        object.contacts = contacts
        object.properties["hs_object_id"] = "\(last)"
        objects[type]?["\(last)"] = object
        return "\(last)"
    }

    private func json(_ id: String, _ object: HubSpotServer.Object) -> JSON {
        var properties: JSONObject = [:]
        for (name, value) in object.properties {
            let moment =
                name == "lastmodifieddate" ? Int64(value).map { Timestamp(unixMilliseconds: $0).description } : nil
            properties[name] = .string(moment ?? value)
        }
        return ["id": .string(id), "properties": .object(properties), "archived": false]
    }

    // MARK: Writing

    mutating func create(_ type: String, _ body: JSON) -> Reply {
        let properties: [String: String]
        switch checked(type, body, except: nil) {
        case .failure(let refusal): return refusal.reply
        case .success(let values): properties = values
        }
        if type != "contacts", properties["hs_timestamp"] == nil {
            return HubSpotServer.error(400, "VALIDATION_ERROR", "Some required properties were not set: hs_timestamp")
        }
        var contacts: [(String, Int64)] = []
        for association in body["associations"]?.array ?? [] {
            guard let id = association["to"]?["id"]?.string, objects["contacts"]?[id] != nil,
                let kind = association["types"]?[0]?["associationTypeId"]?.int,
                association["types"]?[0]?["associationCategory"] == "HUBSPOT_DEFINED",
                kind == (type == "calls" ? 194 : 202)
            else { return HubSpotServer.error(400, "VALIDATION_ERROR", "the association is not valid") }
            contacts.append((id, kind))
        }
        let id = add(type, properties, contacts)
        return written(HubSpotServer.reply(201, json(id, objects[type]?[id] ?? .init(properties: [:]))))
    }

    mutating func update(_ type: String, _ id: String, _ body: JSON) -> Reply {
        guard let object = objects[type]?[id] else {
            return HubSpotServer.error(404, "OBJECT_NOT_FOUND", "resource not found")
        }
        switch checked(type, body, except: id) {
        case .failure(let refusal): return refusal.reply
        case .success(let values):
            objects[type]?[id]?.properties.merge(values) { $1 }
            return written(HubSpotServer.reply(200, json(id, object)))
        }
    }

    private mutating func written(_ reply: Reply) -> Reply {
        guard mood.drops > 0 else { return reply }
        mood.drops -= 1
        return .init(steps: [.cut])
    }

    private struct Refused: Error { let reply: Reply }

    /// The properties, if they may be written.
    private mutating func checked(_ type: String, _ body: JSON, except id: String?) -> Result<[String: String], Refused>
    {
        var values: [String: String] = [:]
        for (name, value) in body["properties"]?.object ?? [:] {
            guard known[type]?.contains(name) == true else { return .failure(Refused(reply: unknown(name))) }
            guard let text = value.string else {
                complaints.append("the property \(name) is no text")
                continue
            }
            values[name] = text
            guard unique.contains(name) else { continue }
            let owner = objects[type]?.first { $0.key != id && $0.value.properties[name] == text }?.key
            guard let owner else { continue }
            let message =
                name == "email"
                ? "Contact already exists. Existing ID: \(owner)"
                : "Cannot set PropertyValueCoordinates{portalId=1, propertyName=\(name), value=\(text)} on 9. \(owner) already has that value."
            let status = name == "email" ? 409 : 400
            let category = name == "email" ? "CONFLICT" : "VALIDATION_ERROR"
            return .failure(Refused(reply: HubSpotServer.error(status, category, message)))
        }
        if values["hs_call_status"].map({ !["COMPLETED", "BUSY", "NO_ANSWER", "FAILED", "CANCELED"].contains($0) })
            == true
        {
            complaints.append("a status that is none")
        }
        return .success(values)
    }

    private func unknown(_ name: String) -> Reply {
        let message =
            #"Property values were not valid: [{"isValid":false,"message":"Property \"\#(name)\" does not exist","error":"PROPERTY_DOESNT_EXIST","name":"\#(name)"}]"#
        return HubSpotServer.error(400, "VALIDATION_ERROR", message)
    }

    // MARK: Reading

    mutating func read(_ type: String, _ key: String, _ query: String) -> Reply {
        var property = ""
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=").map { Percent.decode(String($0)) }
            guard parts.count == 2, known[type]?.contains(parts[1]) == true else { return unknown(parts.last ?? "") }
            if parts[0] == "idProperty" { property = parts[1] }
        }
        if !property.isEmpty, !unique.contains(property) {
            return HubSpotServer.error(400, "VALIDATION_ERROR", "Property \(property) is not a unique property")
        }
        let found = objects[type]?.first { property.isEmpty ? $0.key == key : $0.value.properties[property] == key }
        guard let found else { return HubSpotServer.error(404, "OBJECT_NOT_FOUND", "resource not found") }
        return HubSpotServer.reply(200, json(found.key, found.value))
    }

    mutating func search(_ type: String, _ body: JSON) -> Reply {
        let groups = body["filterGroups"]?.array ?? []
        if groups.count > 5 || (body["sorts"]?.array ?? []).count > 1 || (body["limit"]?.int ?? 0) > 100 {
            complaints.append("a search beyond its bounds: \(body)")
        }
        for name in (body["properties"]?.array ?? []).compactMap(\.string) where known[type]?.contains(name) != true {
            return unknown(name)
        }
        for filter in groups.flatMap({ $0["filters"]?.array ?? [] }) {
            let name = filter["propertyName"]?.string ?? ""
            guard known[type]?.contains(name) == true else { return unknown(name) }
        }
        var found = (objects[type] ?? [:]).filter { entry in
            entry.value.isIndexed
                && groups.contains { ($0["filters"]?.array ?? []).allSatisfy { Self.passes(entry.value, $0) } }
        }.sorted { Int($0.key) ?? 0 < Int($1.key) ?? 0 }
        if let sort = body["sorts"]?[0]?["propertyName"]?.string {
            // Ties in an order of the server's own.
            found.reverse()
            found.sort { Int($0.value.properties[sort] ?? "") ?? 0 < Int($1.value.properties[sort] ?? "") ?? 0 }
        }
        let page = found.prefix(Int(body["limit"]?.int ?? 10)).map { json($0.key, $0.value) }
        return HubSpotServer.reply(200, ["total": .int(Int64(found.count)), "results": .array(Array(page))])
    }

    private static func passes(_ object: HubSpotServer.Object, _ filter: JSON) -> Bool {
        let value = object.properties[filter["propertyName"]?.string ?? ""] ?? ""
        let wanted = filter["value"]?.string ?? ""
        return switch filter["operator"]?.string {
        case "EQ": value == wanted
        case "NEQ": value != wanted
        case "GTE": Int(value) ?? -1 >= Int(wanted) ?? 0
        case "GT": Int(value) ?? -1 > Int(wanted) ?? 0
        default: false
        }
    }

    // MARK: Tokens

    mutating func refresh(_ request: ScriptedServer.Request) -> Reply {
        guard request.head.lowercased().contains("content-type: application/x-www-form-urlencoded"),
            request.text == HubSpotServer.form
        else {
            return HubSpotServer.reply(
                400,
                ["status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token"]
            )
        }
        refreshes += 1
        tokens = ["token-\(refreshes)"]
        return HubSpotServer.reply(
            200,
            [
                "access_token": .string("token-\(refreshes)"), "refresh_token": "r+t",
                "expires_in": .int(Int64(mood.tokenSeconds)), "token_type": "bearer",
            ]
        )
    }
}
