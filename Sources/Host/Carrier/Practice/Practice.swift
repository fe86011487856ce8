/// What a simulated carrier is like: whom it reaches, what it allows and what goes wrong with it.
public struct Practice: Sendable, Equatable {
    /// How much the carrier takes on.
    public struct Limits: Sendable, Equatable {
        /// Calls that are begun in a second; 0: no bound.
        public var callsPerSecond = 0.0
        /// Calls under way at once; 0: no bound.
        public var concurrentCalls = 0
        /// What is beyond waits its turn, as with the real carrier, instead of being refused with 429.
        public var queuesExcess = true
        /// Calls that may wait; what is beyond is refused with 429.
        public var queue = 1000

        public init() {}
    }

    /// What goes wrong, as probabilities from 0 to 1 per request, call or callback.
    public struct Faults: Sendable, Equatable {
        /// 500, and no call is placed.
        public var failsBefore = 0.0
        /// 500, and the call is placed all the same.
        public var failsAfter = 0.0
        /// The call is placed, and the connection breaks before the answer.
        public var losesAnswer = 0.0
        /// The call is placed, and the answer comes after `answerDelay` seconds.
        public var answersLate = 0.0
        public var answerDelay: ClosedRange<Double> = 2...20
        /// 429, and no call is placed.
        public var refuses = 0.0
        /// The call ends with SIP 503.
        public var isCongested = 0.0
        public var losesCallback = 0.0
        public var repeatsCallback = 0.0
        /// Late by `callbackDelay` seconds; later ones may overtake it.
        public var delaysCallback = 0.0
        public var callbackDelay: ClosedRange<Double> = 0.5...10
        /// The machine detection mistakes a person for a machine, or the other way round.
        public var misdetects = 0.0

        public init() {}
    }

    public var personas = Persona.usual
    /// Names of personas by number, in E.164; a `*` at the end stands for any further digits, the longest one wins.
    public var numbers = Persona.usualNumbers
    public var limits = Limits()
    public var faults = Faults()
    /// Seconds from the beginning of a call until it rings.
    public var dials: ClosedRange<Double> = 0.4...2

    public init() {}

    /// Whom the `attempt`th call to a number reaches.
    func persona(for number: String, seed: UInt64, attempt: UInt64) -> Persona {
        if let name = name(of: number), let persona = personas.first(where: { $0.name == name }) { return persona }
        let key = Dice.key(number)
        let lasting = drawn(from: personas, Dice(seed: seed, number: key, attempt: 0))
        if lasting.kind.isLasting { return lasting }
        return drawn(from: personas.filter { !$0.kind.isLasting }, Dice(seed: seed, number: key, attempt: attempt))
    }

    private func name(of number: String) -> String? {
        if let exact = numbers[number] { return exact }
        return numbers.filter { $0.key.hasSuffix("*") && number.hasPrefix($0.key.dropLast()) }
            .max { $0.key.count < $1.key.count }?.value
    }

    private func drawn(from personas: [Persona], _ dice: Dice) -> Persona {
        var dice = dice
        var rest = dice.unit() * personas.reduce(0) { $0 + $1.weight }
        for persona in personas where persona.weight > 0 {
            rest -= persona.weight
            if rest < 0 { return persona }
        }
        return personas.last ?? Persona("no answer", .ring)
    }
}
