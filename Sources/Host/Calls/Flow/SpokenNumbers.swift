/// Numbers as callers say them, in English: "twenty five", "two hundred and fifty", "double seven", "three point five".
enum SpokenNumbers {
    private static let units: [String: Int] = [
        "zero": 0, "oh": 0, "nought": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
        "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
        "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
    ]
    private static let tens: [String: Int] = [
        "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    ]
    private static let ordinals: [String: Int] = [
        "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
        "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15,
        "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
    ]

    /// A number and how many words it took.
    typealias Found = (value: Double, words: Int)

    /// The first number at or behind a word; nil: there is none.
    static func first(in words: ArraySlice<String>) -> Found? {
        for index in words.indices { if let found = number(words[index...]) { return found } }
        return nil
    }

    /// The number that begins at the first word.
    static func number(_ words: ArraySlice<String>) -> Found? {
        guard let first = words.first else { return nil }
        if let value = Double(first.replacing(",", with: "")), first.first?.isNumber == true { return (value, 1) }
        if ["a", "an"].contains(first), words.count > 1,
            ["hundred", "thousand", "dozen"].contains(words[words.startIndex + 1])
        {
            let rest = number(["one"] + words.dropFirst())
            return rest.map { ($0.value, $0.words) }
        }
        guard let whole = integer(words) else { return nil }
        let rest = words.dropFirst(whole.words)
        guard rest.first == "point" else { return (Double(whole.value), whole.words) }
        let digits = rest.dropFirst().prefix { units[$0].map { $0 < 10 } ?? false }.compactMap { units[$0] }
        guard !digits.isEmpty else { return (Double(whole.value), whole.words) }
        let fraction = Double("0." + digits.map(String.init).joined()) ?? 0
        return (Double(whole.value) + fraction, whole.words + 1 + digits.count)
    }

    private static func integer(_ words: ArraySlice<String>) -> (value: Int, words: Int)? {
        var (total, current, used, seen) = (0, 0, 0, false)
        // Behind "thousand" the count begins again.
        var isFresh = true
        for (offset, word) in words.enumerated() {
            if let tens = tens[word] {
                guard current % 100 == 0 else { break }
                current += tens
            } else if let unit = units[word] {
                // "one two" are two numbers, "twenty one" is one.
                guard current % 10 == 0, current % 100 == 0 || unit < 10 && unit > 0 else { break }
                guard current > 0 || isFresh else { break }
                current += unit
                isFresh = false
            } else if word == "hundred", seen, current > 0, current < 100 {
                current *= 100
            } else if word == "thousand", seen, current > 0 {
                (total, current, isFresh) = (total + current * 1000, 0, true)
            } else if word == "dozen", seen, current > 0 {
                current *= 12
            } else if word == "and", seen, current % 100 == 0, offset + 1 < words.count,
                units[words[words.startIndex + offset + 1]] != nil || tens[words[words.startIndex + offset + 1]] != nil
            {
                continue
            } else {
                break
            }
            (used, seen) = (offset + 1, true)
        }
        return seen ? (total + current, used) : nil
    }

    /// A day of a month: "fifth", "5th", "twenty first", "the third".
    static func ordinal(_ words: ArraySlice<String>) -> (value: Int, words: Int)? {
        guard let first = words.first else { return nil }
        let digits = first.prefix { $0.isNumber }
        if !digits.isEmpty, ["st", "nd", "rd", "th"].contains(first.dropFirst(digits.count)), let value = Int(digits) {
            return (value, 1)
        }
        if let value = ordinals[first] { return (value, 1) }
        guard let tens = tens[first], let second = words.dropFirst().first, let unit = ordinals[second], unit < 10
        else {
            return nil
        }
        return (tens + unit, 2)
    }

    /// All digits in a row, however they are grouped: "oh one seven double five 23".
    static func digits(_ words: [String]) -> String {
        var (result, times) = ("", 1)
        for word in words {
            if word == "double" || word == "triple" {
                times = word == "double" ? 2 : 3
                continue
            }
            defer { times = 1 }
            if let unit = units[word] {
                result += String(repeating: String(unit), count: times)
            } else if let tens = tens[word] {
                result += String(tens)
            } else if word.allSatisfy(\.isNumber) {
                result += String(repeating: word, count: word.count == 1 ? times : 1)
            }
        }
        return result
    }
}
