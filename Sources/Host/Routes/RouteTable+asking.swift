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
}
