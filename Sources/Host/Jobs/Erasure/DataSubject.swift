import Core
public import JSONKit

/// Whose data is to be erased: everybody who was at the other end of a number, or one call of somebody who withheld it.
public enum DataSubject: Sendable, Equatable {
    /// As carriers write it: `+4930901820`, or `sip:` and an address.
    case number(String)
    case call(String)

    /// - Throws: where it is neither; spaces, hyphens and brackets within a number do not matter.
    public init(_ text: String) throws(FieldError) {
        if text.hasPrefix("call_") {
            self = .call(text)
            return
        }
        if text.hasPrefix("sip:") || text.hasPrefix("sips:") {
            self = .number(text)
            return
        }
        let plain = text.filter { !" -().".contains($0) }
        guard plain.hasPrefix("+"), (5...20).contains(plain.dropFirst().count),
            plain.dropFirst().allSatisfy({ $0.isASCII && $0.isNumber })
        else {
            throw FieldError(
                path: "subject",
                problem: "must be a number such as +4930901820, a sip: address, or a call's identifier"
            )
        }
        self = .number(plain)
    }

    var text: String {
        switch self {
        case .number(let text), .call(let text): text
        }
    }

    /// Stands for it where nobody is to be named. The salt keeps it from being found by trying all numbers.
    func digest(salt: String) -> String {
        "person_" + Digest.sha256(Array("\(salt)/\(text)".utf8)).prefix(24)
    }

    var json: JSON {
        switch self {
        case .number(let number): ["number": .string(number)]
        case .call(let call): ["call": .string(call)]
        }
    }

    init?(_ json: JSON) {
        if let number = json["number"]?.string {
            self = .number(number)
        } else if let call = json["call"]?.string {
            self = .call(call)
        } else {
            return nil
        }
    }
}
