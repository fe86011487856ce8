public import JSONKit

extension Practice {
    /// Reads a document such as examples/personas.json; what it does not name is as usual. `folder` is where the paths of
    /// audio files start.
    public init(_ json: JSON, folder: String = ".") throws(FieldError) {
        self.init()
        let fields = try Fields(json)
        try readPersonas(fields, folder)
        dials = try fields.seconds("dials_s", default: dials)
        try readLimits(fields)
        try readFaults(fields)
        try fields.finish()
    }

    private mutating func readPersonas(_ fields: Fields, _ folder: String) throws(FieldError) {
        let listed = try fields.objects("personas", default: [])
        if !listed.isEmpty {
            personas = []
            for entry in listed {
                let persona = try Persona(entry, folder: folder)
                guard !personas.contains(where: { $0.name == persona.name }) else {
                    throw entry.error("name", "\"\(persona.name)\" is taken")
                }
                personas.append(persona)
            }
            guard personas.contains(where: { $0.weight > 0 && !$0.kind.isLasting }) else {
                throw fields.error("personas", "at least one that can be called needs a weight above 0")
            }
            let known = Set(personas.map(\.name))
            numbers = numbers.filter { known.contains($0.value) }
        }
        let names = try fields.optionalObject("numbers")
        for (number, name) in names?.object ?? [:] {
            guard let text = name.string, personas.contains(where: { $0.name == text }) else {
                let known = personas.map(\.name).joined(separator: ", ")
                throw FieldError(path: "numbers.\(number)", problem: "must name a persona: \(known)")
            }
            guard CallRequest.isNumber(number.hasSuffix("*") ? "\(number.dropLast())0000000".prefix(16) : number[...])
            else { throw FieldError(path: "numbers.\(number)", problem: "must be like +15005550006 or +1500*") }
            numbers[number] = text
        }
    }

    private mutating func readLimits(_ fields: Fields) throws(FieldError) {
        guard let given = try fields.optionalObject("limits") else { return }
        limits.callsPerSecond = try given.double("calls_per_second", default: 0, in: 0...100_000)
        limits.concurrentCalls = try given.int("concurrent_calls", default: 0, in: 0...10_000_000)
        limits.queuesExcess = try given.bool("queues_excess", default: true)
        limits.queue = try given.int("queue", default: limits.queue, in: 0...10_000_000)
        try given.finish()
    }

    private mutating func readFaults(_ fields: Fields) throws(FieldError) {
        guard let given = try fields.optionalObject("faults") else { return }
        func probability(_ key: String) throws(FieldError) -> Double { try given.double(key, default: 0, in: 0...1) }
        faults.failsBefore = try probability("fails_before")
        faults.failsAfter = try probability("fails_after")
        faults.losesAnswer = try probability("loses_answer")
        faults.answersLate = try probability("answers_late")
        faults.answerDelay = try given.seconds("answer_delay_s", default: faults.answerDelay)
        faults.refuses = try probability("refuses")
        faults.isCongested = try probability("is_congested")
        faults.losesCallback = try probability("loses_callback")
        faults.repeatsCallback = try probability("repeats_callback")
        faults.delaysCallback = try probability("delays_callback")
        faults.callbackDelay = try given.seconds("callback_delay_s", default: faults.callbackDelay)
        faults.misdetects = try probability("misdetects")
        try given.finish()
    }
}

extension Persona {
    /// Reads one persona; what is not named is as usual for its kind.
    init(_ fields: Fields, folder: String) throws(FieldError) {
        let word = try fields.string("kind")
        guard let kind = Kind(rawValue: word) else {
            throw fields.error(
                "kind",
                "\"\(word)\"; known are \(Kind.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
        let usual = Self.usual.first { $0.kind == kind }
        self.init(try fields.string("name"), kind)
        weight = try fields.double("weight", default: 0, in: 0...1_000_000)
        rings = try fields.seconds("rings_s", default: usual?.rings ?? rings)
        thinks = try fields.seconds("thinks_s", default: thinks)
        stays = try fields.optionalSeconds("stays_s") ?? usual?.stays
        says = try fields.strings("says", default: usual?.says ?? [])
        audio = try fields.strings("audio", default: []).map { $0.hasPrefix("/") ? $0 : "\(folder)/\($0)" }
        wish = try fields.string("wish", default: "")
        try fields.finish()
    }
}

extension Fields {
    /// Seconds: one number, or the lowest and the highest of several.
    fileprivate func optionalSeconds(_ key: String) throws(FieldError) -> ClosedRange<Double>? {
        let value = try json(key, default: .null)
        if value.isNull { return nil }
        let numbers = (value.array ?? [value]).compactMap(\.double)
        guard let first = numbers.first, let last = numbers.last, numbers.count == (value.array?.count ?? 1),
            numbers.count <= 2, 0 <= first, first <= last, last <= 86_400
        else { throw error(key, "must be seconds, as in 5, or from and to, as in [3, 18]") }
        return first...last
    }

    fileprivate func seconds(_ key: String, default other: ClosedRange<Double>) throws(FieldError) -> ClosedRange<
        Double
    > {
        try optionalSeconds(key) ?? other
    }
}
