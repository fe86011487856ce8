import Core

/// How a consumer takes events.
public struct CourierManner: Sendable {
    /// What a failure that may pass does to the events behind it.
    public enum Order: Sendable {
        /// Nothing: the event waits on its own, and what has failed too often is parked. For a CRM.
        case eachAlone
        /// They wait, for as long as it takes: everything arrives in order. For brokers and warehouses. Only what cannot
        /// succeed is parked.
        case inOrder
    }

    public var order: Order
    /// How many events at most are delivered at once.
    public var batch: Int
    /// The wait before the second try; each further one is twice as long, with jitter.
    public var first: Duration = .seconds(1)
    public var longest: Duration = .seconds(300)
    /// Younger events wait, and all behind them: for what is to happen a time after the fact.
    public var age: Duration = .zero
    /// Of several hosts on one log, only this host's events: what lies on its disk is for nobody else. The consumer's name
    /// must then be the host's own.
    public var isOwn = false
    /// After so many failures an event that waits on its own is parked.
    public var tries = 24

    public init(_ order: Order, batch: Int) { (self.order, self.batch) = (order, batch) }

    /// Parked after half a day.
    public static var eachAlone: CourierManner {
        var manner = CourierManner(.eachAlone, batch: 32)
        manner.longest = .seconds(3600)
        return manner
    }
    public static var inOrder: CourierManner { CourierManner(.inOrder, batch: 500) }

    /// The wait after a failure: grown, between half and all of it at random, and no shorter than the far side asks.
    public func wait(afterTries tries: Int, _ failure: DeliveryFailure) -> Duration {
        let grown = first.wholeMilliseconds << Int64(min(tries - 1, 20))
        let wait = max(1, min(grown, longest.wholeMilliseconds))
        let jittered = Int64.random(in: (wait + 1) / 2...wait)
        return .milliseconds(max(jittered, failure.retryAfter?.wholeMilliseconds ?? 0))
    }
}
