import Carrier
import IO

/// The simulated carrier with loops of its own.
final class TestCarrier {
    let loop: SocketLoop
    let web: PollLoop
    let http: HTTPClient

    init() throws {
        loop = try SocketLoop(name: "carrier")
        web = try PollLoop(name: "carrier-web")
        loop.start()
        web.start()
        http = HTTPClient(loop: web)
    }

    deinit {
        loop.stop()
        web.stop()
    }

    func call(_ host: TestHost, token: String = TestHost.token, answeredBy: String? = nil) async throws -> SimulatedCall
    {
        try await SimulatedCall.place(
            webhook: "\(host.address)/telephony/telephony-twilio/voice",
            account: CarrierAccount(authToken: token),
            from: "+15005550006",
            to: "+15005550009",
            answeredBy: answeredBy,
            loop: loop,
            http: http
        )
    }

    func get(_ url: String, headers: [(name: String, value: String)] = []) async throws -> (status: Int, body: String) {
        let response = try await http.fetch(ClientRequest("GET", url, headers: headers))
        return (response.status, String(decoding: response.body, as: UTF8.self))
    }
}
