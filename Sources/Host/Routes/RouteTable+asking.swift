public import Core
public import JSONKit

extension RouteTable {
    /// One question, one answer, off the call path: an embedding, a delivery to the CRM.
    ///
    /// `route` is the kind's own unless named; `options` are what the kind's contract wants at open; `key` is what a
    /// `route.fell_back` is about; `limit` covers everything, retries and fallbacks included. Throws `.exhausted`,
    /// `.unknown` or `.timedOut`.
    public func ask(
        _ kind: Kind,
        route: String? = nil,
        _ question: Question,
        options: JSON = [:],
        key: String = "",
        within limit: Duration = .seconds(30)
    ) async throws(RouteFailure) -> [Answer] {
        try await ask(try get(route ?? kind.rawValue, kind: kind), question, options: options, key: key, within: limit)
    }

    /// The same through a route that need not be in the table: one step of another, for instance.
    public func ask(
        _ route: Route,
        _ question: Question,
        options: JSON = [:],
        key: String = "",
        within limit: Duration = .seconds(30)
    ) async throws(RouteFailure) -> [Answer] {
        let key = key.isEmpty ? route.name : key
        let result: Result<[Answer], RouteFailure> = await withCheckedContinuation { continuation in
            loop.perform { [self] in
                let inquiry = Inquiry(loop: loop) { continuation.resume(returning: $0) }
                let session = RouteSession(route, self, options, key: key, loop: loop, receiver: inquiry, replay: nil)
                inquiry.ask(question, session, within: limit)
            }
        }
        return try result.get()
    }

    /// Asks every step of a route by itself: whatever any of them may have got is to go from all of them.
    /// - Throws: the first failure, after all were asked.
    public func askEach(
        of route: Route,
        _ question: Question,
        options: JSON = [:],
        within limit: Duration = .seconds(60)
    ) async throws(RouteFailure) -> [Answer] {
        var (answers, failure): ([Answer], RouteFailure?) = ([], nil)
        for step in route.steps {
            guard let alone = try? Route(name: route.name, kind: route.kind, steps: [step]) else { continue }
            do throws(RouteFailure) {
                answers += try await ask(alone, question, options: options, within: limit)
            } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
        return answers
    }
}
