import Core
public import IO
import JSONKit
import PluginHost

/// The public side of the host: carriers' webhooks and media sockets, and the pages for those who watch.
///
/// | path | what |
/// |---|---|
/// | `POST /telephony/<plugin>/voice`, `status`, `recording` | what a carrier tells; the plugin checks and understands it |
/// | `POST /telephony/<plugin>/continue`, `transferred` | the carrier asks what follows the media, and tells what became of it |
/// | `POST /telephony/<plugin>/voice/<attempt>`, `status`, `detected` | the same of calls that the host has placed |
/// | `GET /telephony/<plugin>/media/<token>` | a media socket; the token is used once and expires after 60 s |
/// | `POST /recordings/stored` | what a blob store tells of what it has stored; see `StoreNotices` |
/// | `POST /campaigns/wanted` | a CRM wants a campaign to start; see `CampaignWishes` |
/// | `GET /metrics`, `/healthz`, `/readyz` | figures, alive, can take calls |
public final class Gateway: HTTPHandler {
    private let services: GatewayServices
    private let tokens = MediaTokens()
    private let calls = CarrierCalls()
    private let transfers = Transfers()
    private let memory = AttemptMemory()
    private let rejected = RejectedCalls()
    private static let purposes = ["voice", "status", "recording", "continue", "transferred"]
    /// What a carrier tells of a call that it was asked to place.
    private static let placedPurposes = ["voice", "status", "detected"]

    public init(_ services: GatewayServices) { self.services = services }

    public func handle(_ request: HTTPRequest, on loop: SocketLoop, respond: @escaping (HTTPResponse) -> Void) {
        let parts = request.path.split(separator: "/").map(String.init)
        switch parts.first {
        case "telephony" where parts.count == 3 && Self.purposes.contains(parts[2]),
            "telephony" where parts.count == 4 && Self.placedPurposes.contains(parts[2]) && Self.isName(parts[3]):
            guard request.method == "POST" || request.method == "GET" else {
                return respond(Self.notAllowed("GET, POST"))
            }
            let attempt = parts.count == 4 ? parts[3] : nil
            webhook(request, plugin: parts[1], purpose: parts[2], attempt: attempt, on: loop, respond)
        case "recordings" where parts == ["recordings", "stored"]:
            StoreNotices(services: services).handle(request, on: loop, respond)
        case "campaigns" where parts == ["campaigns", "wanted"]:
            CampaignWishes(services: services).handle(request, on: loop, respond)
        case "metrics" where parts.count == 1: page(request, respond) { MetricsPage.response(request) }
        case "healthz" where parts.count == 1: page(request, respond) { .text(200, "alive") }
        case "readyz" where parts.count == 1: page(request, respond) { self.readiness() }
        default: respond(.text(404, "nothing is here"))
        }
    }

    public func upgrade(_ request: HTTPRequest, on loop: SocketLoop) -> WebSocketDecision {
        let parts = request.path.split(separator: "/").map(String.init)
        guard parts.count == 4, parts[0] == "telephony", parts[2] == "media", let instance = carrier(parts[1]) else {
            return .refuse(status: 404)
        }
        guard tokens.contains(parts[3], plugin: parts[1]) else {
            Refusals.count(plugin: parts[1], reason: "token")
            return .refuse(status: 403)
        }
        let socket: MediaSocket
        do throws(PluginError) {
            socket = try MediaSocket(
                instance,
                services: services,
                transfers: transfers,
                options: options(request),
                loop: loop
            )
        } catch {
            Refusals.count(plugin: parts[1], reason: "signature")
            Log("gateway").warning(
                "a media socket was refused",
                ["plugin": .string(parts[1]), "reason": .string("\(error)")]
            )
            return .refuse(status: 403)
        }
        // Taken only now: a forged upgrade must not cost the real one its token.
        guard let announced = tokens.take(parts[3], plugin: parts[1]) else {
            socket.abandon()
            return .refuse(status: 403)
        }
        socket.expect(announced)
        return .accept(socket)
    }

    // MARK: Parts

    private func webhook(
        _ request: HTTPRequest,
        plugin: String,
        purpose: String,
        attempt: String?,
        on loop: SocketLoop,
        _ respond: @escaping (HTTPResponse) -> Void
    ) {
        guard let instance = carrier(plugin) else {
            return respond(.text(404, "no telephony plugin is called \(plugin)"))
        }
        let webhook = Webhook(
            plugin: plugin,
            purpose: purpose,
            attempt: attempt,
            services: services,
            tokens: tokens,
            calls: calls,
            transfers: transfers,
            memory: memory,
            rejected: rejected,
            loop: loop,
            respond: respond
        )
        var options = options(request)
        options["purpose"] = .string(purpose)
        options["method"] = .string(request.method)
        webhook.start(instance, options: .object(options), body: request.body)
    }

    /// What an attempt may be called.
    private static func isName(_ text: String) -> Bool {
        text.utf8.count <= 64
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
    }

    /// The telephony plugin of a path. Whatever else a stranger asks for must not become a label of a metric.
    private func carrier(_ name: String) -> Instance? {
        guard let instance = try? services.registry.lease(name), instance.kind == .telephony else { return nil }
        return instance
    }

    /// What a telephony plugin gets to know of a request: the address is the public one, because that is what was signed.
    private func options(_ request: HTTPRequest) -> JSONObject {
        var headers = JSONObject()
        for (name, value) in request.headers { headers[name] = .string(value) }
        return ["url": .string(services.publicURL + request.target), "headers": .object(headers)]
    }

    private func page(_ request: HTTPRequest, _ respond: (HTTPResponse) -> Void, _ make: () -> HTTPResponse) {
        guard request.method == "GET" || request.method == "HEAD" else { return respond(Self.notAllowed("GET, HEAD")) }
        respond(make())
    }

    private func readiness() -> HTTPResponse {
        let obstacles = services.obstacles() + (services.isDraining() ? ["draining"] : [])
        let body: JSON = ["ready": .bool(obstacles.isEmpty), "reasons": .array(obstacles.map { .string($0) })]
        return HTTPResponse(
            status: obstacles.isEmpty ? 200 : 503,
            headers: [("content-type", "application/json")],
            body: Array("\(body)\n".utf8)
        )
    }

    private static func notAllowed(_ methods: String) -> HTTPResponse {
        var response = HTTPResponse.text(405, "use \(methods)")
        response.headers.append(("allow", methods))
        return response
    }
}
