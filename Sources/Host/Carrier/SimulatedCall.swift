import Core
public import IO
import JSONKit

/// One call placed by the simulated carrier, over the real protocol: signed webhook, TwiML, media socket. Steps are
/// asynchronous and may be called from any task; they follow the media's real time.
public final class SimulatedCall: Sendable {
    public let callSid: String
    private let loop: SocketLoop
    private let link: LoopBound<MediaLink>

    private let instructions: Instructions
    private let account: CarrierAccount
    private let http: HTTPClient

    private init(
        callSid: String,
        loop: SocketLoop,
        link: LoopBound<MediaLink>,
        instructions: Instructions,
        account: CarrierAccount,
        http: HTTPClient
    ) {
        (self.callSid, self.loop, self.link) = (callSid, loop, link)
        (self.instructions, self.account, self.http) = (instructions, account, http)
    }

    /// Announces a call at the voice webhook and opens the media socket that the answer asks for. With `answeredBy` it is a
    /// call that the host has placed; empty: the carrier's machine detection was not asked for.
    public static func place(
        webhook url: String,
        account: CarrierAccount,
        from: String,
        to: String,
        answeredBy: String? = nil,
        loop: SocketLoop,
        http: HTTPClient
    ) async throws(CarrierFailure) -> SimulatedCall {
        let callSid = "CA" + hex(32)
        let form = form(callSid: callSid, account: account, from: from, to: to, answeredBy: answeredBy)
        let body = try await post(url, form, account, http)
        let instructions = try Instructions(twiml: body)
        return try await connect(instructions, callSid: callSid, account: account, loop: loop, http: http)
    }

    /// A signed request; the answer's body.
    static func post(
        _ url: String,
        _ form: [(name: String, value: String)],
        _ account: CarrierAccount,
        _ http: HTTPClient
    ) async throws(CarrierFailure) -> String {
        let request = ClientRequest(
            "POST",
            url,
            headers: [
                ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"),
                ("X-Twilio-Signature", account.signature(url: url, form: form)),
            ],
            body: Array(FormFields(form).encoded.utf8)
        )
        let response: HTTPResponse
        do { response = try await http.fetch(request) } catch { throw .connection("\(error)") }
        let body = String(decoding: response.body, as: UTF8.self)
        guard response.status == 200 else { throw .webhook(status: response.status, body: body) }
        return body
    }

    /// Opens the media socket of a call whose instructions are known.
    static func connect(
        _ instructions: Instructions,
        callSid: String,
        account: CarrierAccount,
        loop: SocketLoop,
        http: HTTPClient
    ) async throws(CarrierFailure) -> SimulatedCall {
        let address = try Address(instructions.streamURL)
        let signature = account.signature(url: instructions.streamURL)
        let bound: LoopBound<MediaLink> = await withCheckedContinuation { continuation in
            loop.perform {
                let link = MediaLink(
                    loop: loop,
                    callSid: callSid,
                    account: account.sid,
                    parameters: instructions.parameters
                )
                loop.connect(
                    host: address.host,
                    port: address.port,
                    isTLS: address.isTLS,
                    path: address.path,
                    headers: [("x-twilio-signature", signature)],
                    handler: link
                )
                continuation.resume(returning: LoopBound(link, loop))
            }
        }
        let call = SimulatedCall(
            callSid: callSid,
            loop: loop,
            link: bound,
            instructions: instructions,
            account: account,
            http: http
        )
        try await call.wait(for: "the media socket", seconds: 5) { $0.isConnected }
        return call
    }

    // MARK: After the media

    /// Once the media has ended, asks the host what follows, as carriers do; nil: the call is over. Somebody who is dialled
    /// ends with `status`, which the host is told.
    public func goOn(dialEndsWith status: String = "completed") async throws(CarrierFailure) -> Dialling? {
        guard let action = instructions.action else { return nil }
        let call = [("AccountSid", account.sid), ("CallSid", callSid), ("CallStatus", "in-progress")]
        guard let dialling = Dialling(twiml: try await Self.post(action, call, account, http)) else { return nil }
        guard let result = dialling.action else { return dialling }
        _ = try await Self.post(
            result,
            call + [("DialCallStatus", status), ("DialCallDuration", "7")],
            account,
            http
        )
        return dialling
    }

    /// Once the media has ended, asks what follows at another host, where a load balancer would lead, and opens the media
    /// socket that the answer asks for; nil: the call is over. `address` is the other host's, as in http://127.0.0.1:8080.
    public func goOn(at address: String) async throws(CarrierFailure) -> SimulatedCall? {
        guard let action = instructions.action, let start = action.firstRange(of: "/telephony/") else { return nil }
        let form = [("AccountSid", account.sid), ("CallSid", callSid), ("CallStatus", "in-progress")]
        let body = try await Self.post(address + action[start.lowerBound...], form, account, http)
        guard let next = try? Instructions(twiml: body) else { return nil }
        return try await Self.connect(next, callSid: callSid, account: account, loop: loop, http: http)
    }

    // MARK: Steps

    /// Says something; returns when it has been sent, in real time.
    public func speak(_ samples: [Int16]) async throws(CarrierFailure) {
        await onLoop { $0.speak(samples) }
        let seconds = Double(samples.count) / 8000 + 5
        try await wait(for: "the caller's own words", seconds: seconds) { $0.isCallerSilent }
    }

    /// Begins to say something and returns at once.
    public func begin(speaking samples: [Int16]) async { await onLoop { $0.speak(samples) } }

    public func press(_ digit: Character) async { await onLoop { $0.press(digit) } }

    /// Waits for a state of the call.
    public func wait(
        for what: String,
        seconds: Double,
        _ condition: @escaping @Sendable (CallView) -> Bool
    ) async throws(CarrierFailure) {
        let deadline = Moment.now() + .milliseconds(Int64(seconds * 1000))
        let happened: Bool = await withCheckedContinuation { continuation in
            loop.perform {
                self.link.with { $0.wait(until: deadline, condition) { continuation.resume(returning: $0) } }
            }
        }
        guard !happened else { return }
        let view = await view()
        if view.isClosed { throw .closed(await report().closeReason ?? "") }
        throw .timedOut(what)
    }

    /// Waits until the agent has said something that began after `utterances` others, and has finished.
    public func waitForAgent(after utterances: Int, seconds: Double) async throws(CarrierFailure) {
        try await wait(for: "the agent's answer", seconds: seconds) {
            $0.agentUtterances > utterances && !$0.isAgentSpeaking
        }
    }

    /// Ends the call as a caller does.
    public func hangUp() async { await onLoop { $0.hangUp() } }

    public func view() async -> CallView { await onLoop { $0.view } }

    public func report() async -> CallReport { await onLoop { $0.report } }

    private func onLoop<Value: Sendable>(_ body: @escaping @Sendable (MediaLink) -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            loop.perform { continuation.resume(returning: self.link.with(body)) }
        }
    }

    // MARK: The webhook's form

    private static func form(
        callSid: String,
        account: CarrierAccount,
        from: String,
        to: String,
        answeredBy: String?
    ) -> [(name: String, value: String)] {
        let direction = answeredBy == nil ? "inbound" : "outbound-api"
        let status = answeredBy == nil ? "ringing" : "in-progress"
        return [
            ("AccountSid", account.sid), ("ApiVersion", "2010-04-01"), ("CallSid", callSid), ("CallStatus", status),
            ("Called", to), ("Caller", from), ("CallerName", ""), ("Direction", direction), ("From", from), ("To", to),
        ] + (answeredBy.map { $0.isEmpty ? [] : [("AnsweredBy", $0)] } ?? [])
    }

    private static func hex(_ count: Int) -> String {
        String((0..<count).map { _ in "0123456789abcdef".randomElement() ?? "0" })
    }
}
