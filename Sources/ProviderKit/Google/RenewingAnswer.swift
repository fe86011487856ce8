import PluginKit

/// Passes an answer on, unless it says that the token is not good: then another request takes its place.
///
/// Unchecked: the host calls a request's receiver on one loop, one call at a time.
final class RenewingAnswer: HTTPReceiver, @unchecked Sendable {
    private let reader: any HTTPReceiver
    private let renew: @Sendable () -> Void
    private var isRefused = false

    init(_ reader: any HTTPReceiver, renew: @escaping @Sendable () -> Void) {
        (self.reader, self.renew) = (reader, renew)
    }

    func head(status: Int, headers: [(name: String, value: String)]) {
        isRefused = status == 401
        if !isRefused { reader.head(status: status, headers: headers) }
    }

    func body(_ bytes: UnsafeRawBufferPointer) {
        if !isRefused { reader.body(bytes) }
    }

    func done(_ problem: PluginProblem?) {
        if isRefused { renew() } else { reader.done(problem) }
    }
}
