import Core

/// When people are at home differs: a morning, an afternoon and an evening.
enum DayPart: Int {
    case morning, afternoon, evening

    /// Minutes behind midnight at which each begins.
    private static let starts = [0, 720, 1020]

    init(minute: Int) { self = minute < Self.starts[1] ? .morning : minute < Self.starts[2] ? .afternoon : .evening }

    init(_ moment: Timestamp, _ zone: Zone) {
        let day = zone.moment(of: zone.day(of: moment))
        self.init(minute: Int((moment.unixMilliseconds - day.unixMilliseconds) / 60_000))
    }

    /// When the next one begins.
    static func next(after moment: Timestamp, _ zone: Zone) -> Timestamp {
        let day = zone.day(of: moment)
        let part = DayPart(moment, zone)
        guard part != .evening else { return zone.moment(of: day.advanced(by: 1)) }
        return zone.moment(of: day, seconds: starts[part.rawValue + 1] * 60)
    }
}
