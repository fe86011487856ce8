import Core
import JSONKit

extension CampaignReading {
    mutating func readNames(_ fields: Fields) {
        campaign.name = attempt("") { () throws(FieldError) in try Self.name(fields, "name") }
        campaign.agent = attempt("") { () throws(FieldError) in try Self.name(fields, "agent") }
        campaign.callerIDs = attempt([]) { () throws(FieldError) in try fields.strings("caller_ids") }
        campaign.lists = attempt([]) { () throws(FieldError) in try fields.strings("lists") }
        if fields.object["caller_ids"]?.array?.isEmpty == true {
            error("caller_ids", "needs a number of ours at least, which those who are called see")
        }
        if fields.object["lists"]?.array?.isEmpty == true { error("lists", "needs a list of leads at least") }
        for (index, number) in campaign.callerIDs.enumerated() {
            let path = "caller_ids[\(index)]"
            if !number.isFullNumber {
                error(path, "\"\(number)\" is no number; write it with its country, as in +15005550006")
            } else if campaign.callerIDs.firstIndex(of: number) != index {
                warn(path, "\(number) is there twice")
            }
        }
        for (index, list) in campaign.lists.enumerated() {
            let path = "lists[\(index)]"
            if !list.isName { error(path, "must be letters, digits, - and _, is \"\(list)\"") }
            if campaign.lists.firstIndex(of: list) != index { error(path, "\(list) is there twice; leave one out") }
        }
    }

    private static func name(_ fields: Fields, _ key: String) throws(FieldError) -> String {
        let name = try fields.string(key)
        guard name.isName else { throw fields.error(key, "must be letters, digits, - and _, is \"\(name)\"") }
        return name
    }

    mutating func readTimes(_ fields: Fields) {
        campaign.startsAt = attempt(nil) { () throws(FieldError) in try Self.time(fields, "starts_at") }
        campaign.endsAt = attempt(nil) { () throws(FieldError) in try Self.time(fields, "ends_at") }
        if let end = campaign.endsAt, let start = campaign.startsAt, end <= start {
            error("ends_at", "must be later than starts_at (\(start)), is \(end)")
        }
    }

    private static func time(_ fields: Fields, _ key: String) throws(FieldError) -> Timestamp? {
        guard let text = try fields.optionalString(key) else { return nil }
        guard let time = Timestamp(parsing: text) else {
            throw fields.error(key, "must be a time in UTC such as 2026-11-23T16:00:00Z, is \"\(text)\"")
        }
        return time
    }

    mutating func readPace(_ fields: Fields) {
        guard let object = attempt(nil, { () throws(FieldError) in try fields.optionalObject("pace") }) else { return }
        let standard = Pace()
        campaign.pace.mode = attempt(standard.mode) { () throws(FieldError) in
            try Self.choice(object, "mode", default: standard.mode)
        }
        campaign.pace.concurrent = attempt(standard.concurrent) { () throws(FieldError) in
            try object.int("concurrent", default: standard.concurrent, in: 1...10_000)
        }
        let numbers: [(String, WritableKeyPath<Pace, Double>, ClosedRange<Double>)] = [
            ("calls_per_second", \.callsPerSecond, 0.01...1000), ("ratio", \.ratio, 1...5),
            ("drop_target", \.dropTarget, 0.001...0.03), ("weight", \.weight, 0.01...100),
        ]
        for (key, member, range) in numbers {
            campaign.pace[keyPath: member] = attempt(standard[keyPath: member]) { () throws(FieldError) in
                try object.double(key, default: standard[keyPath: member], in: range)
            }
        }
        if object.object["ratio"] != nil, campaign.pace.mode != .ratio {
            warn("pace.ratio", "counts in mode ratio only, and the mode is \(campaign.pace.mode.rawValue)")
        }
        if object.object["drop_target"] != nil, campaign.pace.mode != .predictive {
            warn("pace.drop_target", "counts in mode predictive only, and the mode is \(campaign.pace.mode.rawValue)")
        }
        finish(object)
    }

    mutating func readWindows(_ fields: Fields) {
        let objects = attempt([]) { () throws(FieldError) in try fields.objects("windows", default: []) }
        if fields.object["windows"]?.array?.isEmpty == true {
            warn("windows", "is empty, which allows whatever the law does; leave it out to say so")
        }
        for object in objects {
            let window = attempt(nil) { () throws(FieldError) -> CallingWindow? in try CallingWindow(object) }
            if let window { campaign.windows.append(window) }
            // What could not be read was not looked at either.
            if window != nil { finish(object) }
        }
    }

    mutating func readCaps(_ fields: Fields) {
        guard let object = attempt(nil, { () throws(FieldError) in try fields.optionalObject("caps") }) else { return }
        let numbers: [(String, WritableKeyPath<Caps, Int>, ClosedRange<Int>)] = [
            ("per_lead", \.perLead, 1...100), ("per_lead_and_day", \.perLeadAndDay, 1...24),
            ("per_number_and_day", \.perNumberAndDay, 1...24), ("gap_minutes", \.gap, 0...43_200),
        ]
        let standard = Caps()
        for (key, member, range) in numbers {
            campaign.caps[keyPath: member] = attempt(standard[keyPath: member]) { () throws(FieldError) in
                try object.int(key, default: standard[keyPath: member], in: range)
            }
        }
        finish(object)
        checkCaps(object)
    }

    private mutating func checkCaps(_ object: Fields) {
        let caps = campaign.caps
        if caps.perLeadAndDay > caps.perLead, object.object["per_lead_and_day"] != nil {
            error(
                "caps.per_lead_and_day",
                "\(caps.perLeadAndDay) a day contradicts per_lead, \(caps.perLead) in all; make it \(caps.perLead) or less"
            )
        }
        if caps.perLeadAndDay > caps.perNumberAndDay, object.object["per_lead_and_day"] != nil {
            error(
                "caps.per_lead_and_day",
                "\(caps.perLeadAndDay) a day contradicts per_number_and_day, \(caps.perNumberAndDay); make it that or less"
            )
        }
        if caps.perLeadAndDay > 1, caps.gap * (caps.perLeadAndDay - 1) >= 1440, object.object["gap_minutes"] != nil {
            warn(
                "caps.gap_minutes",
                "with \(caps.gap) minutes between attempts, \(caps.perLeadAndDay) a day (per_lead_and_day) never fit"
            )
        }
    }

    mutating func readRetries(_ fields: Fields) {
        guard let object = attempt(nil, { () throws(FieldError) in try fields.optionalObject("retries") }) else {
            return
        }
        for disposition in object.object.keys {
            guard
                let fields = attempt(nil, { () throws(FieldError) in try object.optionalObject(disposition) }),
                let rule = attempt(nil, { () throws(FieldError) -> RetryRule? in try RetryRule(fields) })
            else { continue }
            finish(fields)
            let path = "retries.\(disposition)"
            if rule.waits.isEmpty, rule.maximum > 0 {
                error(
                    "\(path).maximum",
                    "\(rule.maximum) contradicts waits_minutes, which is empty: none follows; make it 0, or give a wait"
                )
            } else if !rule.waits.isEmpty, rule.maximum == 0 {
                error("\(path).maximum", "0 contradicts waits_minutes; make it 1 or more, or waits_minutes empty")
            }
            if !disposition.isName { error(path, "\"\(disposition)\" is no disposition's name") }
            campaign.retries[disposition] = rule
        }
    }

    mutating func readManner(_ fields: Fields) {
        campaign.consent = attempt(.written) { () throws(FieldError) in
            try Self.choice(fields, "consent", default: ConsentNeed.written)
        }
        campaign.machines = attempt(.hangUp) { () throws(FieldError) in
            try Self.choice(fields, "machines", default: MachineAction.hangUp)
        }
        campaign.rings = Int64(
            attempt(25) { () throws(FieldError) in try fields.int("rings_s", default: 25, in: 15...120) }
        )
        campaign.fallbackZone = attempt("") { () throws(FieldError) in try fields.string("fallback_zone", default: "") }
        campaign.country = attempt("") { () throws(FieldError) in try fields.string("country", default: "") }
        if !campaign.fallbackZone.isEmpty, Zone(named: campaign.fallbackZone) == nil {
            error(
                "fallback_zone",
                "\"\(campaign.fallbackZone)\" is no time zone; use one such as America/New_York, or install tzdata"
            )
        }
        let country = campaign.country.utf8
        if !country.isEmpty, country.count != 2 || !country.allSatisfy({ (65...90).contains($0) }) {
            error("country", "\"\(campaign.country)\" is no country; use two letters, as in US")
        }
        if campaign.consent == .none {
            warn(
                "consent",
                "none: nobody's consent is asked for, although an artificial voice needs it in many countries"
            )
        }
        checkWindows()
    }

    /// A window that is shorter than it may ring is never open: a call must be over, or answered, before it closes.
    private mutating func checkWindows() {
        for (index, window) in campaign.windows.enumerated() where 60 * (window.until - window.from) <= campaign.rings {
            error(
                "windows[\(index)]",
                "never opens: it is not longer than a call may ring (rings_s, \(campaign.rings))"
            )
        }
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ fields: Fields,
        _ key: String,
        default other: Choice
    ) throws(FieldError) -> Choice {
        let text = try fields.string(key, default: other.rawValue)
        if let choice = Choice(rawValue: text) { return choice }
        throw fields.error(key, "is \"\(text)\"; use \(Choice.allCases.map(\.rawValue).joined(separator: " or "))")
    }
}

extension String {
    /// E.164: a plus and 8 to 15 digits, the first of which is not 0.
    fileprivate var isFullNumber: Bool {
        let digits = utf8.dropFirst()
        return utf8.first == 43 && (8...15).contains(digits.count) && digits.first != 48
            && digits.allSatisfy { (48...57).contains($0) }
    }
}
