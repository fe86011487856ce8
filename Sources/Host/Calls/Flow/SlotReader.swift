import JSONKit

/// Finds a slot's value in what a caller said, by rule; and checks values that come from elsewhere by the same rules.
struct SlotReader {
    let slot: Slot
    let today: LocalTime

    /// `isAwaited`: the slot was asked for just now, so a bare "yes" or "two" is meant for it, and free text is its value.
    func read(_ text: String, isAwaited: Bool) -> JSON? {
        let words = Self.words(text)
        guard !words.isEmpty else { return nil }
        switch slot.kind {
        case .text: return isAwaited ? .string(text) : nil
        case .number: return isAwaited ? number(words) : nil
        case .integer: return isAwaited ? integer(words) : nil
        case .boolean: return isAwaited ? boolean(words) : nil
        case .date: return SpokenDates.date(words, today: today).map { .string($0) }
        case .time: return time(words, isAwaited: isAwaited)
        case .phone: return phone(words)
        case .email: return email(text)
        case .digits: return isAwaited ? digits(words) : nil
        case .choice: return choice(words)
        }
    }

    /// A value from the model, a tool or an action; nil if it is none for this slot.
    func check(_ value: JSON) -> JSON? {
        switch (slot.kind, value) {
        case (.boolean, .bool): return value
        case (.number, .int(let number)): return inBounds(Double(number)) ? value : nil
        case (.number, .double(let number)): return inBounds(number) ? value : nil
        case (.integer, .int(let number)): return inBounds(Double(number)) ? value : nil
        case (.text, .string(let text)): return text.isEmpty ? nil : value
        case (_, .string(let text)): return read(text, isAwaited: true)
        case (_, .int(let number)): return read(String(number), isAwaited: true)
        default: return nil
        }
    }

    /// Lower case, without punctuation but what belongs to numbers, times and addresses.
    static func words(_ text: String) -> [String] {
        withoutThousands(text.lowercased()).split {
            $0.isWhitespace || $0 == "," || $0 == "?" || $0 == "!" || $0 == ";"
        }.map { word in
            var word = word
            while let last = word.last, last == "." || last == ":" { word.removeLast() }
            // "twenty-five" is two words, "2026-05-05" one.
            return String(word)
        }.flatMap { word in
            word.first?.isNumber == true ? [word] : word.split(separator: "-").map(String.init)
        }.filter { !$0.isEmpty }
    }

    /// `1,200` is one number.
    private static func withoutThousands(_ text: String) -> String {
        guard text.contains(",") else { return text }
        let characters = Array(text)
        return String(
            characters.indices.filter { index in
                guard characters[index] == ",", index > 0, index + 3 < characters.count else { return true }
                return !(characters[index - 1].isNumber && characters[(index + 1)...(index + 3)].allSatisfy(\.isNumber))
            }.map { characters[$0] }
        )
    }

    private func inBounds(_ value: Double) -> Bool {
        value >= slot.minimum ?? -.infinity && value <= slot.maximum ?? .infinity
    }

    private func number(_ words: [String]) -> JSON? {
        guard let found = SpokenNumbers.first(in: words[...]), inBounds(found.value) else { return nil }
        return found.value == found.value.rounded() ? .int(Int64(found.value)) : .double(found.value)
    }

    private func integer(_ words: [String]) -> JSON? {
        guard case .int(let value)? = number(words) else { return nil }
        return .int(value)
    }

    private static let yes: Set<String> = [
        "yes", "yeah", "yep", "yup", "sure", "correct", "right", "okay", "ok", "please", "absolutely", "definitely",
    ]
    private static let no: Set<String> = ["no", "nope", "not", "never", "don't", "wrong", "nah"]

    private func boolean(_ words: [String]) -> JSON? {
        // "No, that's not right" has both: the refusal counts.
        if words.contains(where: { Self.no.contains($0) }) { return .bool(false) }
        return words.contains { Self.yes.contains($0) } ? .bool(true) : nil
    }

    private func time(_ words: [String], isAwaited: Bool) -> JSON? {
        var found = SpokenDates.time(words)
        if found == nil, isAwaited, let number = SpokenNumbers.first(in: words[...]),
            number.value == number.value.rounded()
        {
            found = SpokenDates.time(["at", String(Int(number.value))])
        }
        guard let found, let hour = Int(found.prefix(2)), inBounds(Double(hour)) else { return nil }
        return .string(found)
    }

    /// Seven to fifteen digits, with a plus where it was said.
    private func phone(_ words: [String]) -> JSON? {
        let plain = words.map { $0.filter { $0.isNumber || $0.isLetter || $0 == "+" } }
        let digits = SpokenNumbers.digits(plain.map { String($0.filter { $0 != "+" }) })
        guard (7...15).contains(digits.count) else { return nil }
        return .string((plain.contains { $0.hasPrefix("+") || $0 == "plus" } ? "+" : "") + digits)
    }

    private func digits(_ words: [String]) -> JSON? {
        let digits = SpokenNumbers.digits(words)
        return !digits.isEmpty && inBounds(Double(digits.count)) ? .string(digits) : nil
    }

    /// Written, or spelled with "at" and "dot".
    private func email(_ text: String) -> JSON? {
        let joined = text.lowercased()
            .replacing(" at ", with: "@").replacing(" dot ", with: ".").replacing(" underscore ", with: "_")
            .replacing(" dash ", with: "-")
        for word in joined.split(whereSeparator: { $0.isWhitespace || $0 == "," }) {
            let parts = word.split(separator: "@", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else { continue }
            let host = parts[1].hasSuffix(".") ? parts[1].dropLast() : parts[1]
            let labels = host.split(separator: ".", omittingEmptySubsequences: false)
            guard labels.count >= 2, labels.allSatisfy({ !$0.isEmpty }) else { continue }
            return .string("\(parts[0])@\(host)")
        }
        return nil
    }

    /// The value whose longest name occurs; by number too, as a key or a bare "two" means it.
    private func choice(_ words: [String]) -> JSON? {
        let text = " " + words.joined(separator: " ") + " "
        var best: (value: String, length: Int)?
        for choice in slot.choices {
            for name in [choice.value] + choice.synonyms {
                let plain = Self.words(name).joined(separator: " ")
                if !plain.isEmpty, text.contains(" \(plain) "), plain.count > best?.length ?? 0 {
                    best = (choice.value, plain.count)
                }
            }
        }
        if let best { return .string(best.value) }
        guard words.count == 1, let number = SpokenNumbers.number(words[...]),
            let index = Int(exactly: number.value), slot.choices.indices.contains(index - 1)
        else { return nil }
        return .string(slot.choices[index - 1].value)
    }
}
