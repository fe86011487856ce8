public import Core
public import JSONKit
public import Routes
public import Store

/// `review`: what a call was like and whether the matter is settled, asked of the model route; by rules where no model gives
/// a usable answer. The subject is the call. Ends in `call.reviewed`.
public struct ReviewWork: JobWork {
    public let kind = "review"
    private let log: EventLog
    private let routes: RouteTable
    private let route: String

    /// So often is a model asked that cannot answer at the moment; then the rules judge.
    private static let patience: Int64 = 3
    private static let limit: Duration = .seconds(60)

    /// `route` is the one of kind llm that is asked.
    public init(_ log: EventLog, _ routes: RouteTable, route: String = "llm") {
        (self.log, self.routes, self.route) = (log, routes, route)
    }

    public func key(subject: String, period: String, at now: Timestamp) throws(FieldError) -> Job.Key {
        guard !subject.isEmpty else { throw FieldError(path: "subject", problem: "must name a call that is over") }
        guard period.isEmpty else { throw FieldError(path: "period", problem: "a call is reviewed as a whole") }
        return Job.Key(kind, subject)
    }

    public func run(_ job: Job, _ report: JobReport) async throws(JobFailure) -> JobOutcome {
        let call = try await log.newest(.callEnded, key: job.key.subject)
        guard let call else {
            throw JobFailure("no call \(job.key.subject) has ended: there is no call.ended of it", isRetryable: false)
        }
        guard !call.isErased else { throw JobFailure("the call was erased", isRetryable: false) }
        let review = try await review(call.data, job)
        let event = Event(.callReviewed, key: job.key.subject, data: review.json, id: job.eventID("call.reviewed"))
        let result: JSON = [
            "sentiment": .string(review.sentiment.rawValue), "resolution": .string(review.resolution.rawValue),
            "by": .string(review.by),
        ]
        return JobOutcome(result, events: [event])
    }

    private func review(_ call: JSON, _ job: Job) async throws(JobFailure) -> Review {
        let hasWords = call["transcript"]?.array?.contains { $0["who"]?.string == "caller" } ?? false
        guard hasWords, routes.get(route) != nil else { return ReviewRules.review(call) }
        do throws(RouteFailure) {
            let question = Question.json(ReviewPrompt.question(call))
            let options: JSON = ["language": "en"]
            let answers = try await routes.ask(
                .llm,
                route: route,
                question,
                options: options,
                key: job.key.subject,
                within: Self.limit
            )
            var text = ""
            for case .text(let piece) in answers { text += piece }
            return ReviewAnswer.read(text) ?? ReviewRules.review(call)
        } catch {
            guard error.retryable, job.attempts < Self.patience else { return ReviewRules.review(call) }
            throw JobFailure(error)
        }
    }
}
