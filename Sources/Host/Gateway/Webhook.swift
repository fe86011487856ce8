import Calls
import Core
import IO
import JSONKit
import PluginHost

/// One request of a carrier on its way through the telephony plugin. Confined to its loop; keeps itself alive until it has
/// answered.
final class Webhook: StreamReceiver {
    private let plugin: String
    private let purpose: String
    private let services: GatewayServices
    private let tokens: MediaTokens
    private let calls: CarrierCalls
    private let transfers: Transfers
    private let loop: any EventLoop
    private var respond: ((HTTPResponse) -> Void)?
    private var stream: Stream?
    private var deadline: TimerID?
    private var itself: Webhook?

    init(
        plugin: String,
        purpose: String,
        services: GatewayServices,
        tokens: MediaTokens,
        calls: CarrierCalls,
        transfers: Transfers,
        loop: any EventLoop,
        respond: @escaping (HTTPResponse) -> Void
    ) {
        (self.plugin, self.purpose) = (plugin, purpose)
        (self.services, self.tokens, self.calls, self.transfers) = (services, tokens, calls, transfers)
        (self.loop, self.respond) = (loop, respond)
    }

    func start(_ instance: Instance, options: JSON, body: [UInt8]) {
        itself = self
        deadline = loop.schedule(after: .seconds(10)) { [weak self] in
            self?.finish(.text(503, "the plugin did not answer"))
        }
        do throws(PluginError) {
            let stream = try Stream(
                instance,
                interface: "patchbay.telephony.webhook/1",
                options: options,
                loop: loop,
                receiver: self
            )
            self.stream = stream
            let pushed = body.withUnsafeBytes { bytes in
                Result { () throws(PluginError) in try stream.push(bytes: bytes, item: 0) }
            }
            try pushed.get()
            try stream.done(item: 0)
        } catch {
            finish(.text(502, "\(error)"))
        }
    }

    func received(_ frame: borrowing Frame, from stream: Stream) {
        guard frame.kind == .json, let json = try? frame.json() else { return }
        if let response = json["response"] {
            finish(HTTPResponse(response))
        } else if json["event"]?.string == "call" {
            answer(json, stream)
        } else if json["event"]?.string == "status" {
            record(json)
        } else if json["event"]?.string == "continue" {
            goOn(json, stream)
        } else if json["event"]?.string == "transfer" {
            conclude(json)
        }
    }

    func failed(_ failure: PluginFailure, from stream: Stream) {
        guard failure.code == .refused || failure.code == .invalid else {
            return finish(.text(502, failure.description))
        }
        Refusals.count(plugin: plugin, reason: failure.code == .refused ? "signature" : "malformed")
        Log("gateway").warning(
            "a webhook was refused",
            ["plugin": .string(plugin), "reason": .string(failure.description)]
        )
        finish(.text(failure.code == .refused ? 403 : 400, failure.description))
    }

    // MARK: Parts

    private func answer(_ json: JSON, _ stream: Stream) {
        let incoming = Incoming(
            carrierCallID: json["carrier_call_id"]?.string ?? "",
            from: json["from"]?.string ?? "",
            to: json["to"]?.string ?? "",
            isOutbound: json["direction"]?.string == "outbound"
        )
        let obstacles = services.isDraining() ? ["draining"] : services.obstacles()
        guard obstacles.isEmpty else {
            Log("gateway").warning("a call was rejected", ["reasons": .array(obstacles.map { .string($0) })])
            return decide(["op": "reject", "reason": "busy"], stream)
        }
        guard let agent = services.choose(incoming) else {
            Log("gateway").warning(
                "a call was rejected: no agent answers this number",
                private: ["to": .string(incoming.to)]
            )
            return decide(["op": "reject", "reason": "rejected"], stream)
        }
        let details = CallDetails(
            agent: agent,
            from: incoming.from,
            to: incoming.to,
            direction: incoming.isOutbound ? .outbound : .inbound,
            carrierCallID: incoming.carrierCallID,
            answeredBy: json["answered_by"]?.string ?? ""
        )
        connect(details, stream)
    }

    private func connect(_ details: CallDetails, _ stream: Stream) {
        calls.note(details.carrierCallID, is: details.id)
        let address = "\(socketURL)/telephony/\(plugin)/media/\(tokens.issue(details, plugin: plugin))"
        decide(
            [
                "op": "connect", "media_url": .string(address), "continue_url": .string(url("continue")),
                "parameters": ["call_id": .string(details.id.rawValue)],
            ],
            stream
        )
    }

    private func url(_ purpose: String) -> String { "\(services.publicURL)/telephony/\(plugin)/\(purpose)" }

    /// The media has ended, from whichever side: the call is given away, or over, or has lost its host and goes on here.
    private func goOn(_ json: JSON, _ stream: Stream) {
        let carrierCallID = json["carrier_call_id"]?.string ?? ""
        guard let transfer = transfers.take(carrierCallID) else { return rescue(carrierCallID) }
        decide(
            [
                "op": "transfer", "to": .string(transfer.to), "caller_id": .string(transfer.callerID),
                "result_url": .string(url("transferred")),
            ],
            stream
        )
    }

    private func rescue(_ carrierCallID: String) {
        let (takeOver, loop, bound) = (services.takeOver, loop, LoopBound(self, loop))
        // A call that this host has had is over when its media is; only a stranger's can be somebody else's.
        guard calls.find(carrierCallID) == nil, !services.isDraining() else { return hangUp() }
        Task {
            let found = await takeOver(carrierCallID)
            loop.perform {
                bound.with { webhook in
                    guard let found, let stream = webhook.stream else { return webhook.hangUp() }
                    webhook.connect(found, stream)
                }
            }
        }
    }

    private func hangUp() { if let stream { decide(["op": "hangup"], stream) } }

    private func conclude(_ json: JSON) {
        let carrierCallID = json["carrier_call_id"]?.string ?? ""
        let transfer = transfers.finish(carrierCallID)
        var data: JSONObject = ["carrier_call_id": .string(carrierCallID), "status": json["status"] ?? .null]
        data["ok"] = .bool(["completed", "answered"].contains(json["status"]?.string))
        if let transfer { data["to"] = .string(transfer.to) }
        if let seconds = json["duration_s"] { data["duration_s"] = seconds }
        let key = transfer?.call.rawValue ?? calls.find(carrierCallID)?.rawValue ?? carrierCallID
        services.record(Event(.callTransferred, key: key, data: .object(data)))
    }

    private var socketURL: String {
        services.publicURL.hasPrefix("https://")
            ? "wss://" + services.publicURL.dropFirst(8) : "ws://" + services.publicURL.dropFirst(7)
    }

    private func decide(_ decision: JSON, _ stream: Stream) {
        do { try stream.push(json: decision, item: 0) } catch { finish(.text(502, "\(error)")) }
    }

    private func record(_ json: JSON) {
        let carrierCallID = json["carrier_call_id"]?.string ?? ""
        let call = calls.find(carrierCallID)
        var data: JSONObject = ["carrier_call_id": .string(carrierCallID), "status": json["status"] ?? .null]
        // A recording that is completed does not mean that the call is.
        data["of"] = purpose == "recording" ? "recording" : "call"
        if let sequence = json["sequence"] { data["sequence"] = sequence }
        if let who = json["answered_by"]?.string {
            data["answered_by"] = .string(who)
            if let call { Task { [calls = services.calls] in await calls.answered(call, by: who) } }
        }
        services.record(Event(.callStatus, key: call?.rawValue ?? carrierCallID, data: .object(data)))
    }

    private func finish(_ response: HTTPResponse) {
        guard let respond else { return }
        self.respond = nil
        if let deadline { loop.cancel(deadline) }
        stream?.close()
        respond(response)
        itself = nil
    }
}

extension HTTPResponse {
    /// As a telephony plugin writes it: `{"status", "headers", "body"}`.
    fileprivate init(_ json: JSON) {
        let headers = json["headers"]?.object ?? [:]
        self.init(
            status: Int(json["status"]?.int ?? 200),
            headers: headers.members.map { ($0.key, $0.value.string ?? "") },
            body: Array((json["body"]?.string ?? "").utf8)
        )
    }
}
