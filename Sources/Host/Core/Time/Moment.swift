import Glibc

/// A point on the monotonic clock, for deadlines and measurements. It means nothing outside this process.
public struct Moment: Comparable, Hashable, Sendable {
    public let microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    public static func now() -> Moment {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Moment(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    public static func < (left: Moment, right: Moment) -> Bool { left.microseconds < right.microseconds }

    public static func + (moment: Moment, duration: Duration) -> Moment {
        Moment(microseconds: moment.microseconds + duration.wholeMicroseconds)
    }

    public static func - (later: Moment, earlier: Moment) -> Duration {
        .microseconds(later.microseconds - earlier.microseconds)
    }

    /// Milliseconds since an earlier moment, with their fraction.
    public func milliseconds(since earlier: Moment) -> Double { Double(microseconds - earlier.microseconds) / 1000 }
}

extension Duration {
    /// Rounded towards zero.
    public var wholeMicroseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }

    public var wholeMilliseconds: Int64 { wholeMicroseconds / 1000 }

    public var fractionalSeconds: Double { Double(wholeMicroseconds) / 1_000_000 }
}
