import Calls
import Core
import IO
import JSONKit
import PluginHost

/// One request of a carrier on its way through the telephony plugin. Confined to its loop; keeps itself alive until it has
/// answered.
final class Webhook: StreamReceiver {
    let plugin: String
    private let purpose: String
    /// The attempt in the address, for calls that the host has placed.
    private let attempt: String?
    let services: GatewayServices
    private let tokens: MediaTokens
    private let calls: CarrierCalls
    private let transfers: Transfers
    let memory: AttemptMemory
    let loop: any EventLoop
    private let rejected: RejectedCalls
    private var respond: ((HTTPResponse) -> Void)?
    private var stream: Stream?
    private var deadline: TimerID?
    private var itself: Webhook?
    /// A fact is being made durable, and the answer, if it is there already, waits for that.
    private var isKeeping = false
    private var held: HTTPResponse?

    init(
        plugin: String,
        purpose: String,
        attempt: String?,
        services: GatewayServices,
        tokens: MediaTokens,
        calls: CarrierCalls,
        transfers: Transfers,
        memory: AttemptMemory,
        rejected: RejectedCalls,
        loop: any EventLoop,
        respond: @escaping (HTTPResponse) -> Void
    ) {
        (self.plugin, self.purpose, self.attempt, self.memory) = (plugin, purpose, attempt, memory)
        (self.services, self.tokens, self.calls, self.transfers) = (services, tokens, calls, transfers)
        self.rejected = rejected
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
            if isKeeping { held = HTTPResponse(response) } else { finish(HTTPResponse(response)) }
        } else if json["event"]?.string == "call" {
            if let attempt { answer(attempt, json) } else { answer(json, stream) }
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
        let obstacles = obstacles
        guard obstacles.isEmpty else {
            rejected.count(services.isDraining() ? .draining : .notReady)
            Log("gateway").warning("a call was rejected", ["reasons": .array(obstacles.map { .string($0) })])
            return decide(["op": "reject", "reason": "busy"], stream)
        }
        guard let agent = services.choose(incoming) else {
            rejected.count(.noAgent)
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

    /// Why no call can be taken now.
    var obstacles: [String] { services.isDraining() ? ["draining"] : services.obstacles() }

    func connect(_ details: CallDetails) { if let stream { connect(details, stream) } }

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

    func hangUp() { if let stream { decide(["op": "hangup"], stream) } }

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

    // MARK: Facts

    private func record(_ json: JSON) {
        let carrierCallID = json["carrier_call_id"]?.string ?? ""
        let call = calls.find(carrierCallID)
        var data: JSONObject = ["carrier_call_id": .string(carrierCallID)]
        // A recording that is completed does not mean that the call is.
        data["of"] = purpose == "recording" ? "recording" : purpose == "detected" ? "detection" : "call"
        if purpose != "detected" { data["status"] = json["status"] ?? .null }
        for name in ["sequence", "sip_code", "duration_s"] { if let value = json[name] { data[name] = value } }
        if let who = json["answered_by"]?.string {
            data["answered_by"] = .string(who)
            if let call { Task { [calls = services.calls] in await calls.answered(call, by: who) } }
        }
        let fact = StatusFact(attempt: attempt, call: call?.rawValue ?? carrierCallID, data: data)
        guard !memory.facts.contains(fact.id.rawValue) else {
            return Refusals.count(plugin: plugin, reason: "repeated")
        }
        keep(fact)
    }

    /// The fact is durable before it is answered.
    private func keep(_ fact: StatusFact) {
        isKeeping = true
        let (services, loop, bound) = (services, loop, LoopBound(self, loop))
        Task {
            let outcome = await fact.keep(services)
            loop.perform { bound.with { $0.kept(fact, outcome) } }
        }
    }

    private func kept(_ fact: StatusFact, _ outcome: StatusFact.Outcome) {
        isKeeping = false
        switch outcome {
        case .kept:
            _ = memory.facts.note(fact.id.rawValue, is: "")
            if let held { finish(held) }
        case .unavailable: finish(.text(503, "cannot be kept now"))
        case .unknown: refuse("attempt", "nobody has ordered a call by the name of \(fact.attempt ?? "")")
        }
    }

    /// The carrier tells something that is none of our doing.
    private func refuse(_ reason: String, _ text: String) {
        Refusals.count(plugin: plugin, reason: reason)
        Log("gateway").warning("a webhook was refused", ["plugin": .string(plugin), "reason": .string(text)])
        finish(.text(404, text))
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
