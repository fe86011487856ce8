import Core
import IO

/// Leads requests to the REST API and to the pages.
final class Desk: HTTPHandler {
    private let exchange: LoopBound<Exchange>

    init(_ exchange: Exchange, _ loop: SocketLoop) { self.exchange = LoopBound(exchange, loop) }

    func handle(_ request: HTTPRequest, on loop: SocketLoop, respond: @escaping (HTTPResponse) -> Void) {
        let parts = request.path.split(separator: "/").map(String.init)
        exchange.with { exchange in
            switch parts.first {
            case "2010-04-01": RestAPI(exchange: exchange).handle(request, parts, respond)
            case "practice": PracticePages(exchange: exchange).handle(request, parts, respond)
            default: respond(.text(404, "this is a carrier to practise on: /2010-04-01/Accounts/... and /practice"))
            }
        }
    }

    func upgrade(_ request: HTTPRequest, on loop: SocketLoop) -> WebSocketDecision { .refuse(status: 404) }
}
