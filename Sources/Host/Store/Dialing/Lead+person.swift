public import Core
import JSONKit

extension Lead {
    /// Takes over what another source says of the person; what it does not say stays. How far the lead has come stays, too.
    public mutating func take(personOf other: Lead) {
        if !other.externalID.isEmpty { externalID = other.externalID }
        if !other.numbers.isEmpty { numbers = other.numbers }
        if !other.name.isEmpty { name = other.name }
        if !other.zone.isEmpty { zone = other.zone }
        if !other.region.isEmpty { region = other.region }
        if !other.language.isEmpty { language = other.language }
        for (key, value) in other.fields { fields[key] = value }
        if let new = other.consent, consent.map({ $0.at <= new.at }) ?? true { consent = new }
        if other.priority != 0 { priority = other.priority }
        if other.score != 0 { score = other.score }
    }

    /// `lead.updated`, as `docs/EVENTS.md` has it.
    public func updatedEvent(campaign: String, at: Timestamp) -> Event {
        let data: JSON = [
            "campaign": .string(campaign), "list": .string(list), "external_id": .string(externalID),
            "number": .string(number), "state": .string(state.rawValue), "disposition": .string(disposition),
            "reason": .string(reason), "attempts": .int(attempts), "score": .int(score), "stage": .string(stage),
            "next_at": .string(nextAt.description), "personal": ["number"],
        ]
        return Event(.leadUpdated, key: id, data: data, at: at)
    }
}
