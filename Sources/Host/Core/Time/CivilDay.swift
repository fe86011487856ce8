/// A day of the calendar, wherever.
public struct CivilDay: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Days since 1970-01-01.
    public let number: Int

    public init(number: Int) { self.number = number }

    /// Days of months are counted on: the 0th of March is the last of February.
    public init(year: Int, month: Int, day: Int) {
        // Years begin in March here, so that a leap day is the last one of its year.
        let years = month > 2 ? year : year - 1
        let era = (years >= 0 ? years : years - 399) / 400
        let yearOfEra = years - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        number = era * 146_097 + dayOfEra - 719_468
    }

    /// Reads `2026-11-23`; nil for anything else.
    public init?(parsing text: String) {
        guard let noon = Timestamp(parsing: "\(text)T12:00:00Z"), noon.day == text else { return nil }
        number = Int(noon.unixMilliseconds / 86_400_000)
    }

    public static func < (left: CivilDay, right: CivilDay) -> Bool { left.number < right.number }

    public func advanced(by days: Int) -> CivilDay { CivilDay(number: number + days) }

    /// Year, month and day by the calendar.
    public var parts: (year: Int, month: Int, day: Int) {
        // As in the initialiser: years begin in March.
        let days = number + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0)
        return (year, month < 10 ? month + 3 : month - 9, dayOfYear - (153 * month + 2) / 5 + 1)
    }

    /// The year, by the calendar.
    public var year: Int { parts.year }

    /// 0: Sunday.
    public var weekday: Int { ((number + 4) % 7 + 7) % 7 }

    /// As in `2026-11-23`.
    public var description: String { Timestamp(unixMilliseconds: Int64(number) * 86_400_000).day }
}
