/// What the carrier asks for.
public struct CallPrice: Sendable, Equatable {
    /// For each minute of talk that has begun.
    public var perMinute: Double
    public var currency: String

    /// About what a carrier asks for a call within the United States.
    public init(perMinute: Double = 0.014, currency: String = "USD") {
        (self.perMinute, self.currency) = (perMinute, currency)
    }

    func cost(minutes: Int) -> Double { (Double(minutes) * perMinute * 100).rounded() / 100 }
}
