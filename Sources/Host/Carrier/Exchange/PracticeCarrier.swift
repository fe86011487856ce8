public import IO

/// A carrier to practise on: a server with the carrier's REST API, which calls personas instead of people, and tells and
/// asks the host as the carrier does. In real time, or faster as far as no one speaks.
public final class PracticeCarrier: Sendable {
    public let port: Int
    private let server: HTTPServer
    private let loop: SocketLoop
    private let web: PollLoop

    /// Listens and serves until `stop`. `voice` speaks a text as 8 kHz audio for the personas; without it they murmur.
    public init(
        host: String = "127.0.0.1",
        port: Int,
        account: CarrierAccount,
        practice: Practice = Practice(),
        seed: UInt64 = 1,
        speed: Double = 1,
        voice: (@Sendable (String) async -> [Int16]?)? = nil
    ) throws(IOFailure) {
        loop = try SocketLoop(name: "carrier", headers: ["authorization"])
        web = try PollLoop(name: "carrier-web")
        let exchange = Exchange(
            loop: loop,
            http: HTTPClient(loop: web),
            account: account,
            practice: practice,
            seed: seed,
            speed: speed,
            speaker: Speaker(voice)
        )
        server = try HTTPServer(host: host, port: port, loops: [loop], handler: Desk(exchange, loop))
        self.port = server.port
        server.start()
        web.start()
        loop.start()
    }

    /// Every connection is closed.
    public func stop() {
        server.stopListening()
        loop.stop()
        web.stop()
    }
}
