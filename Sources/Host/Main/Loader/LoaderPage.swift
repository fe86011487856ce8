import Gateway
import IO

/// The loader's `/metrics`, `/healthz` and `/readyz`.
final class LoaderPage: HTTPHandler {
    private let plant: LoaderPlant
    private let loop: SocketLoop

    /// Serves from now on; nil where no port is set.
    init?(_ configuration: Configuration.Loader, _ plant: LoaderPlant) throws(StartFailure) {
        guard configuration.port > 0 else { return nil }
        self.plant = plant
        let loop = try StartFailure.wrap { () throws(IOFailure) in try SocketLoop(name: "page") }
        self.loop = loop
        do throws(IOFailure) {
            let server = try HTTPServer(
                host: configuration.host,
                port: configuration.port,
                loops: [loop],
                handler: self
            )
            loop.start()
            server.start()
        } catch {
            throw StartFailure("loader.host, loader.port: \(error)")
        }
    }

    func stop() { loop.stop() }

    func handle(_ request: HTTPRequest, on loop: SocketLoop, respond: @escaping (HTTPResponse) -> Void) {
        switch request.path {
        case "/metrics": respond(MetricsPage.response(request))
        case "/healthz": respond(.text(200, "alive"))
        case "/readyz": respond(plant.figures.obstacle.map { .text(503, $0) } ?? .text(200, "ready"))
        default: respond(.text(404, "here are /metrics, /healthz and /readyz"))
        }
    }

    func upgrade(_ request: HTTPRequest, on loop: SocketLoop) -> WebSocketDecision { .refuse(status: 404) }
}
