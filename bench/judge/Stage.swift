import Carrier
import Console
import IO
import JSONKit

/// A running host, and a carrier to call it with.
final class Stage: Sendable {
    let socket: String
    /// Where the plugins are.
    let libraries: String
    private let port: Int
    private let token: String
    private let loop: SocketLoop
    private let http: HTTPClient
    private let web: PollLoop

    /// PLAN FOLDER PORT TOKEN
    init(_ arguments: [String]) throws {
        socket = "\(arguments[1])/state/control.sock"
        libraries = String(
            CommandLine.arguments[0].prefix(
                upTo: CommandLine.arguments[0].lastIndex(of: "/") ?? CommandLine.arguments[0].startIndex
            )
        )
        guard let port = Int(arguments[2]) else { throw JudgeFailure("\(arguments[2]) is no port") }
        (self.port, token) = (port, arguments[3])
        (loop, web) = (try SocketLoop(name: "carrier"), try PollLoop(name: "carrier-web"))
        loop.start()
        web.start()
        http = HTTPClient(loop: web)
    }

    deinit {
        loop.stop()
        web.stop()
    }

    func control() throws -> ControlClient { try ControlClient(socket) }

    /// Calls a number.
    func call(_ number: String) async throws(CarrierFailure) -> SimulatedCall {
        try await SimulatedCall.place(
            webhook: "http://127.0.0.1:\(port)/telephony/telephony-twilio/voice",
            account: CarrierAccount(authToken: token),
            from: "+15005550006",
            to: number,
            loop: loop,
            http: http
        )
    }

    /// The data of all events of a topic, with the call each is about.
    func events(_ topic: String) throws -> [(call: String, data: JSON)] {
        let client = try control()
        var (result, after): ([(String, JSON)], Int64) = ([], 0)
        while true {
            let answer = try client.call(
                "event.list",
                ["after": .int(after), "topics": [.string(topic)], "limit": 500]
            )
            let items = answer["items"]?.array ?? []
            for item in items { result.append((item["key"]?.string ?? "", item["data"] ?? [:])) }
            guard items.count == 500, let last = items.last?["position"]?.int else { return result }
            after = last
        }
    }
}
