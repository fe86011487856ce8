import CLinux

/// A name for one thing of one sort; `Subject` keeps a call's name from being used as a plugin's.
public struct Identifier<Subject>: Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String

    public init(_ rawValue: String) { self.rawValue = rawValue }

    public var description: String { rawValue }
}

/// What an identifier that we make ourselves starts with.
public protocol IdentifierSubject {
    static var prefix: String { get }
}

extension Identifier where Subject: IdentifierSubject {
    /// A new identifier that sorts by time: a ULID (48 bits of milliseconds, 80 random bits, Crockford's base 32)
    /// behind the subject's prefix, as in `call_01KATZ5Q3M8T2WD9XH4C6V7B0N`.
    public static func make() -> Identifier {
        var random = [UInt8](repeating: 0, count: 10)
        _ = getrandom(&random, random.count, 0)
        let milliseconds = UInt64(Timestamp.now().unixMilliseconds)
        var bytes: [UInt8] = []
        for shift in stride(from: 40, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: milliseconds >> UInt64(shift)))
        }
        return Identifier(Subject.prefix + "_" + base32(bytes + random))
    }

    /// 16 bytes in 26 digits, most significant first.
    private static func base32(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
        let value = bytes.reduce(into: UInt128(0)) { $0 = $0 << 8 | UInt128($1) }
        var text: [UInt8] = []
        for shift in stride(from: 125, through: 0, by: -5) { text.append(digits[Int((value >> UInt128(shift)) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }
}

extension Identifier where Subject == EventSubject {
    /// The same for the same `fact`, whoever tells it and however often: a repeat is recognised by it. `evt_` and 128 bits of
    /// the text's SHA-256.
    public init(of fact: String) { self.init("evt_" + Digest.sha256(Array(fact.utf8)).prefix(32)) }
}

public enum CallSubject: IdentifierSubject { public static let prefix = "call" }
public enum EventSubject: IdentifierSubject { public static let prefix = "evt" }
public enum AttemptSubject: IdentifierSubject { public static let prefix = "att" }

/// One phone call, from the carrier's first request to the outcome.
public typealias CallID = Identifier<CallSubject>
/// One event; the far side of a delivery recognises repeats by it.
public typealias EventID = Identifier<EventSubject>
/// One try to reach a lead.
public typealias AttemptID = Identifier<AttemptSubject>
