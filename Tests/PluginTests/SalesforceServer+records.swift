import Core
import JSONKit

/// Records: read, written by identifiers of either kind, and asked for.
extension SalesforceServer.State {
    typealias Reply = ScriptedServer.Reply

    mutating func add(_ type: String, _ fields: JSONObject) -> String {
        last += 1
        let number = String("00000000\(last)".suffix(8))
        let id = (type == "Lead" ? "00Q" : "00T") + "0000\(number)" + "AAA"
        var fields = fields
        fields["Id"] = .string(id)
        records[type]?[id] = fields
        return id
    }

    private func found(_ type: String, _ field: String, _ value: String) -> [String] {
        (records[type] ?? [:]).filter { $0.value[field]?.string == value }.map(\.key).sorted()
    }

    private func several(_ type: String, _ ids: [String]) -> Reply {
        SalesforceServer.reply(300, .array(ids.map { .string("/services/data/v60.0/sobjects/\(type)/\($0)") }))
    }

    private func missingField(_ field: String) -> Reply {
        SalesforceServer.error(
            404,
            "NOT_FOUND",
            "Provided external ID field does not exist or is not accessible: \(field)"
        )
    }

    private func isKey(_ type: String, _ field: String) -> Bool {
        field == "Id" || external.contains(field) && fields[type]?.contains(field) == true
    }

    // MARK: One record

    mutating func read(_ type: String, _ field: String, _ value: String, _ query: String) -> Reply {
        guard isKey(type, field) else { return missingField(field) }
        let ids = found(type, field, value)
        if ids.count > 1 { return several(type, ids) }
        guard let id = ids.first else {
            return SalesforceServer.error(404, "NOT_FOUND", "The requested resource does not exist")
        }
        var answer: JSONObject = ["attributes": ["type": .string(type)]]
        for name in query.dropFirst("fields=".count).split(separator: ",").map(String.init) {
            guard fields[type]?.contains(name) == true else { return noColumn(name, type) }
            answer[name] = records[type]?[id]?[name] ?? (name == "IsConverted" ? false : .null)
        }
        answer["Id"] = .string(id)
        return SalesforceServer.reply(200, .object(answer))
    }

    mutating func write(_ type: String, _ field: String, _ value: String, _ body: JSON, isUpdateOnly: Bool) -> Reply {
        guard isKey(type, field) else { return missingField(field) }
        let ids = found(type, field, value)
        if ids.count > 1 { return several(type, ids) }
        for (name, value) in body.object ?? [:] {
            if name == "Id" || name == field { complaints.append("the body names \(name)") }
            guard fields[type]?.contains(name) == true else { return noColumn(name, type) }
            let isNumber = ["Patchbay_Score__c", "CallDurationInSeconds"].contains(name)
            if isNumber ? value.double == nil : value.string == nil { complaints.append("\(name) is \(value)") }
        }
        if let id = ids.first {
            if records[type]?[id]?["IsConverted"] == true {
                return SalesforceServer.error(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
            }
            // Set once, when the task is made.
            if body["TaskSubtype"] != nil {
                return SalesforceServer.error(
                    400,
                    "INVALID_FIELD_FOR_INSERT_UPDATE",
                    "Unable to create/update fields: TaskSubtype"
                )
            }
            for (name, value) in body.object ?? [:] { records[type]?[id]?[name] = value }
            return written(SalesforceServer.reply(204, nil))
        }
        guard !isUpdateOnly, field != "Id" else {
            return SalesforceServer.error(404, "NOT_FOUND", "The requested resource does not exist")
        }
        let missing = type == "Lead" ? required.filter { body[$0] == nil }.sorted() : []
        guard missing.isEmpty else {
            return SalesforceServer.error(
                400,
                "REQUIRED_FIELD_MISSING",
                "Required fields are missing: \(missing)",
                fields: missing.map { .string($0) }
            )
        }
        var record = body.object ?? [:]
        record[field] = .string(value)
        let id = add(type, record)
        return written(
            SalesforceServer.reply(201, ["id": .string(id), "success": true, "created": true, "errors": []])
        )
    }

    private mutating func written(_ reply: Reply) -> Reply {
        guard mood.drops > 0 else { return reply }
        mood.drops -= 1
        return .init(steps: [.cut])
    }

    private func noColumn(_ name: String, _ type: String) -> Reply {
        SalesforceServer.error(400, "INVALID_FIELD", "No such column '\(name)' on sobject of type \(type)")
    }

    // MARK: Queries

    /// Understands the one query that the plugin asks; conditions of the operator's are taken as they are, and pass all.
    mutating func query(_ text: String) -> Reply {
        queries.append(text)
        let words = text.split { " ,()".contains($0) }.map(String.init)
        guard words.first == "SELECT", let from = words.firstIndex(of: "FROM"), words[from + 1] == "Lead",
            words.suffix(6).prefix(5) == ["ORDER", "BY", "SystemModstamp", "Id", "LIMIT"],
            let limit = Int(words.last ?? "")
        else { return SalesforceServer.error(400, "MALFORMED_QUERY", "unexpected token: \(text)") }
        let names = Array(words[1..<from])
        for name in names where fields["Lead"]?.contains(name) != true { return noColumn(name, "Lead") }
        var start = (moment: "", id: "")
        if let greater = words.firstIndex(of: ">"), let last = words.lastIndex(of: ">") {
            start = (words[greater + 1], String(words[last + 1].dropFirst().dropLast()))
            if words[last - 3] != start.moment { complaints.append("two moments in \(text)") }
        }
        let rows = (records["Lead"] ?? [:]).values.filter { $0["IsConverted"] != true }.map { row in
            (moment: row["SystemModstamp"]?.string ?? "", id: row["Id"]?.string ?? "", row: row)
        }.filter { ($0.moment, $0.id) > (start.moment, start.id) }.sorted { ($0.moment, $0.id) < ($1.moment, $1.id) }
        let page = rows.prefix(limit).map { entry -> JSON in
            var record: JSONObject = ["attributes": ["type": "Lead"]]
            for name in names { record[name] = entry.row[name] ?? .null }
            // As the service writes moments.
            record["SystemModstamp"] = .string(entry.moment.replacing("Z", with: "+0000"))
            return .object(record)
        }
        return SalesforceServer.reply(
            200,
            ["totalSize": .int(Int64(page.count)), "done": true, "records": .array(page)]
        )
    }
}
