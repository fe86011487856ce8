public import Core
public import JSONKit
public import Store

/// Makes leads of what files, customer databases and callers of the control plane say. What is doubtful is refused, with the
/// member and the fix; the problem never repeats a number.
public struct LeadReader {
    /// Further numbers, fields, and bytes of all fields of a lead, at the most.
    static let (numbers, fields, fieldBytes) = (8, 64, 16_384)
    /// Letters of a name or an identifier, of a field's name, and of a field's value.
    static let (nameLength, keyLength, valueLength) = (200, 64, 4096)

    private let list: String
    private let country: String
    private let plan: NumberPlan
    private let now: Timestamp
    private var zones: [String: Bool] = [:]
    private var columns: [String: LeadColumn] = [:]

    /// `country`: of numbers without a country code, as in `DE`; empty: such numbers are refused.
    public init(list: String, country: String = "", plan: NumberPlan = .shipped, now: Timestamp) {
        (self.list, self.country, self.plan, self.now) = (list, country, plan, now)
    }

    /// What has been read of a lead.
    private struct Draft {
        var numbers: [String] = []
        var names: [LeadColumn.Part: String] = [:]
        var fields: JSONObject = [:]
        var fieldBytes = 0
    }

    /// One lead. Members are called as columns are: `phone`, `consent_at`; what is not known is a field.
    public mutating func read(_ object: JSONObject) throws(FieldError) -> Lead {
        var draft = Draft()
        for (title, value) in object where value != .null && value != "" { try take(title, value, &draft) }
        guard let number = draft.numbers.first else {
            throw FieldError(path: "number", problem: "is missing; a column number, phone or tel must have it")
        }
        var lead = Lead(list: list, number: number, made: now)
        lead.numbers = draft.numbers.dropFirst().filter { $0 != number }.reduce(into: []) { all, one in
            if !all.contains(one) { all.append(one) }
        }
        guard lead.numbers.count <= Self.numbers else {
            throw FieldError(path: "numbers", problem: "are \(lead.numbers.count); \(Self.numbers) are the most")
        }
        lead.fields = draft.fields
        try fill(&lead, draft.names)
        return lead
    }

    private mutating func take(_ title: String, _ value: JSON, _ draft: inout Draft) throws(FieldError) {
        let column = columns[title] ?? LeadColumn(title)
        if columns.count < 4096 { columns[title] = column }
        switch column {
        case .number: draft.numbers.append(try number(Self.text(value, title), title))
        case .numbers:
            let texts: [String]
            if let array = value.array {
                texts = array.compactMap(\.string)
            } else {
                texts = try Self.text(value, title).split { ";|,".contains($0) }.map { String($0) }
            }
            for text in texts { draft.numbers.append(try number(text, title)) }
        case .fields:
            guard let members = value.object else { throw FieldError(path: title, problem: "must be an object") }
            for (name, member) in members { try Self.field(name, member, &draft) }
        case .field(let name): try Self.field(name, value, &draft)
        default:
            guard let part = column.part else { return }
            // A cell's line breaks are spaces.
            let text = try Self.text(value, title).split(whereSeparator: \.isWhitespace).joined(separator: " ")
            guard text.count <= Self.nameLength else {
                throw FieldError(path: title, problem: "has more than \(Self.nameLength) letters")
            }
            try Self.check(text, title, allowsLines: false)
            draft.names[part] = text
            // An agent may call somebody by one of them.
            if part == .firstName || part == .lastName { try Self.field(LeadColumn.plain(title), value, &draft) }
        }
    }

    /// The fields of a call that is placed by hand: names and values as a lead's.
    public static func checkFields(_ fields: JSONObject) throws(FieldError) {
        var draft = Draft()
        for (name, value) in fields where value != .null { try field(name, value, &draft) }
    }

    private func number(_ text: String, _ title: String) throws(FieldError) -> String {
        do throws(NumberError) { return try PhoneNumber(text, country: country, plan: plan).e164 } catch {
            throw FieldError(path: title, problem: error.problem)
        }
    }

    private static func field(_ name: String, _ value: JSON, _ draft: inout Draft) throws(FieldError) {
        guard !name.isEmpty, name.count <= keyLength else {
            throw FieldError(path: "fields", problem: "a name must have 1 to \(keyLength) letters")
        }
        guard value.array == nil, value.object == nil else {
            throw FieldError(path: name, problem: "must be a text, a number or a truth value")
        }
        try check(name, "fields", allowsLines: false)
        try check(value.string ?? "", name, allowsLines: true)
        let length = value.string?.utf8.count ?? 8
        guard length <= valueLength else {
            throw FieldError(path: name, problem: "has \(length) bytes; \(valueLength) are the most")
        }
        draft.fields[name] = value
        draft.fieldBytes += name.utf8.count + length
        guard draft.fields.count <= fields, draft.fieldBytes <= fieldBytes else {
            let most = "\(fields) fields with \(fieldBytes) bytes in all"
            throw FieldError(path: "fields", problem: "are too many; \(most) are the most")
        }
    }

    private mutating func fill(_ lead: inout Lead, _ names: [LeadColumn.Part: String]) throws(FieldError) {
        lead.name =
            names[.name] ?? [names[.firstName], names[.lastName]].compactMap { $0 }.joined(separator: " ")
        lead.externalID = names[.externalID] ?? ""
        lead.zone = try zone(names[.zone] ?? "")
        lead.region = try region(names[.region] ?? "")
        lead.language = names[.language] ?? ""
        let isLanguage = lead.language.utf8.allSatisfy { (48...57).contains($0) || $0 == 45 || $0 & 0xDF >= 65 }
        guard isLanguage, lead.language.count <= 35 else {
            throw FieldError(path: "language", problem: "must be a tag as in en-US")
        }
        lead.consent = try consent(names)
        lead.priority = try integer(names[.priority], "priority", -1000...1000)
        lead.score = try integer(names[.score], "score", 0...100)
    }

    private mutating func zone(_ name: String) throws(FieldError) -> String {
        guard !name.isEmpty else { return "" }
        let isKnown = zones[name] ?? (Zone(named: name) != nil)
        if zones.count < 4096 { zones[name] = isKnown }
        guard isKnown else { throw FieldError(path: "zone", problem: "must be one of IANA's, as in America/New_York") }
        return name
    }

    /// ISO 3166-2; two or three letters are meant in the list's country.
    private func region(_ text: String) throws(FieldError) -> String {
        guard !text.isEmpty else { return "" }
        let upper = text.uppercased()
        let whole = upper.contains("-") || country.isEmpty ? upper : "\(country)-\(upper)"
        let parts = whole.split(separator: "-", omittingEmptySubsequences: false)
        let isCode =
            parts.count == 2 && parts[0].utf8.count == 2 && (1...3).contains(parts[1].utf8.count)
            && parts.allSatisfy { $0.utf8.allSatisfy { (48...57).contains($0) || (65...90).contains($0) } }
        guard isCode else { throw FieldError(path: "region", problem: "must be a code of ISO 3166-2, as in US-FL") }
        // Under rules that nobody knows nobody may be called; better told now.
        guard plan.knows(region: whole) else {
            throw FieldError(path: "region", problem: "\(whole) is no region of ISO 3166-2; use one such as US-FL")
        }
        return whole
    }

    /// All of it, or nothing: half a consent is a doubt.
    private func consent(_ names: [LeadColumn.Part: String]) throws(FieldError) -> Consent? {
        let parts = [names[.consentKind], names[.consentAt], names[.consentSource]]
        guard parts.contains(where: { $0 != nil }) else { return nil }
        guard let kind = Consent.Kind(rawValue: (parts[0] ?? "").lowercased()) else {
            throw FieldError(path: "consent_kind", problem: "must be written or express")
        }
        let date = parts[1] ?? ""
        guard let at = Timestamp(parsing: date.count == 10 ? "\(date)T00:00:00Z" : date) else {
            throw FieldError(path: "consent_at", problem: "must be a day or a time in UTC, as in 2026-01-31T10:00:00Z")
        }
        guard at <= now else { throw FieldError(path: "consent_at", problem: "lies in the future") }
        guard let source = parts[2], !source.isEmpty else {
            throw FieldError(path: "consent_source", problem: "must say where it can be looked up")
        }
        return Consent(kind, at: at, source: source)
    }

    private func integer(
        _ text: String?,
        _ path: String,
        _ range: ClosedRange<Int64>
    ) throws(FieldError) -> Int64 {
        guard let text else { return 0 }
        guard let value = Int64(text), range.contains(value) else {
            let bounds = "\(range.lowerBound) to \(range.upperBound)"
            throw FieldError(path: path, problem: "must be a whole number from \(bounds)")
        }
        return value
    }

    /// What is not seen may hide what is meant: no control characters, and none that turn the direction of what follows.
    private static func check(_ text: String, _ path: String, allowsLines: Bool) throws(FieldError) {
        let isHidden = text.unicodeScalars.contains { scalar in
            switch scalar.value {
            case 9, 10, 13: !allowsLines
            case 0...31, 127...159, 0x202A...0x202E, 0x2066...0x2069: true
            default: false
            }
        }
        if isHidden { throw FieldError(path: path, problem: "has a control character; take it out") }
    }

    private static func text(_ value: JSON, _ path: String) throws(FieldError) -> String {
        if let text = value.string {
            var part = text[...]
            while part.first?.isWhitespace == true { part.removeFirst() }
            while part.last?.isWhitespace == true { part.removeLast() }
            return String(part)
        }
        if let number = value.int { return String(number) }
        throw FieldError(path: path, problem: "must be a text")
    }
}
