import Core
public import JSONKit
public import Store

extension Lead {
    /// As the control plane shows it. Personal data.
    public var json: JSON {
        var members: JSONObject = [
            "lead_id": .string(id), "list": .string(list), "external_id": .string(externalID),
            "number": .string(number), "numbers": .array(numbers.map { .string($0) }), "name": .string(name),
            "zone": .string(zone), "region": .string(region), "language": .string(language),
            "fields": .object(fields), "score": .int(score), "stage": .string(stage), "priority": .int(priority),
            "state": .string(state.rawValue), "disposition": .string(disposition), "reason": .string(reason),
            "attempts": .int(attempts), "next_number": .string(nextNumber), "next_at": .string(nextAt.description),
            "made_at": .string(made.description), "updated_at": .string(updated.description),
        ]
        if let consent { members["consent"] = consent.json }
        if let callbackAt { members["callback_at"] = .string(callbackAt.description) }
        if let lastAttemptAt { members["last_attempt_at"] = .string(lastAttemptAt.description) }
        return .object(members)
    }
}
