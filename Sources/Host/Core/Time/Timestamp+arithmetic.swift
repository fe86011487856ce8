extension Timestamp {
    public static func + (time: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(unixMilliseconds: time.unixMilliseconds + duration.wholeMilliseconds)
    }

    public static func - (later: Timestamp, earlier: Timestamp) -> Duration {
        .milliseconds(later.unixMilliseconds - earlier.unixMilliseconds)
    }
}
