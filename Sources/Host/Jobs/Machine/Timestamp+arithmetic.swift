import Core

extension Timestamp {
    static func + (time: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(unixMilliseconds: time.unixMilliseconds + duration.wholeMilliseconds)
    }
}
