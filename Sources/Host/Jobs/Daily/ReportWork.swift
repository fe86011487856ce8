public import Core
public import JSONKit
public import Store

/// `report`: a campaign's report on a day, made and kept. The subject is the campaign, the period the day in the schedule's
/// zone. How it is made is the campaigns' own.
public struct ReportWork: JobWork {
    public let kind = "report"
    private let zone: Zone
    private let make: @Sendable (String, CivilDay) async throws(JobFailure) -> JSON

    /// `make` makes the report and keeps it; the report.
    public init(_ zone: Zone, make: @escaping @Sendable (String, CivilDay) async throws(JobFailure) -> JSON) {
        (self.zone, self.make) = (zone, make)
    }

    public func key(subject: String, period: String, at now: Timestamp) throws(FieldError) -> Job.Key {
        guard !subject.isEmpty else { throw FieldError(path: "subject", problem: "must name a campaign") }
        let today = zone.day(of: now)
        guard let day = period.isEmpty ? today.advanced(by: -1) : CivilDay(parsing: period) else {
            throw FieldError(path: "period", problem: "must be a day such as 2026-11-23")
        }
        guard day < today else { throw FieldError(path: "period", problem: "\(day) is not over in \(zone.name)") }
        return Self.key(subject, day)
    }

    static func key(_ campaign: String, _ day: CivilDay) -> Job.Key {
        Job.Key("report", campaign, period: day.description)
    }

    public func run(_ job: Job, _ report: JobReport) async throws(JobFailure) -> JobOutcome {
        guard let day = CivilDay(parsing: job.key.period) else {
            throw JobFailure("\(job.key.period) is no day", isRetryable: false)
        }
        let made = try await make(job.key.subject, day)
        return JobOutcome(["figures": made["figures"] ?? [:]])
    }
}
