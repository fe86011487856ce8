import Core
public import IO
import JSONKit

/// One call placed by the simulated carrier, over the real protocol: signed webhook, TwiML, media socket. Steps are
/// asynchronous and may be called from any task; they follow the media's real time.
public final class SimulatedCall: Sendable {
    public let callSid: String
    private let loop: SocketLoop
    private let link: LoopBound<MediaLink>

    private init(callSid: String, loop: SocketLoop, link: LoopBound<MediaLink>) {
        (self.callSid, self.loop, self.link) = (callSid, loop, link)
    }

    /// Announces a call at the voice webhook and opens the media socket that the answer asks for.
    public static func place(
        webhook url: String,
        account: CarrierAccount,
        from: String,
        to: String,
        loop: SocketLoop,
        http: HTTPClient
    ) async throws(CarrierFailure) -> SimulatedCall {
        let callSid = "CA" + hex(32)
        let form = form(callSid: callSid, account: account, from: from, to: to)
        let request = ClientRequest(
            "POST",
            url,
            headers: [
                ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"),
                ("X-Twilio-Signature", account.signature(url: url, form: form)),
            ],
            body: Array(form.map { "\($0.name)=\(encoded($0.value))" }.joined(separator: "&").utf8)
        )
        let response: HTTPResponse
        do { response = try await http.fetch(request) } catch { throw .connection("\(error)") }
        let body = String(decoding: response.body, as: UTF8.self)
        guard response.status == 200 else { throw .webhook(status: response.status, body: body) }
        let instructions = try Instructions(twiml: body)
        return try await connect(instructions, callSid: callSid, account: account, loop: loop)
    }

    private static func connect(
        _ instructions: Instructions,
        callSid: String,
        account: CarrierAccount,
        loop: SocketLoop
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
        let call = SimulatedCall(callSid: callSid, loop: loop, link: bound)
        try await call.wait(for: "the media socket", seconds: 5) { $0.isConnected }
        return call
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
        to: String
    ) -> [(name: String, value: String)] {
        [
            ("AccountSid", account.sid), ("ApiVersion", "2010-04-01"), ("CallSid", callSid), ("CallStatus", "ringing"),
            ("Called", to), ("Caller", from), ("CallerName", ""), ("Direction", "inbound"), ("From", from), ("To", to),
        ]
    }

    private static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            let character = Character(UnicodeScalar(byte))
            if character.isASCII, character.isLetter || character.isNumber || "-._~".contains(character) {
                result.append(character)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count == 1 ? "0" + digits : digits)
            }
        }
        return result
    }

    private static func hex(_ count: Int) -> String {
        String((0..<count).map { _ in "0123456789abcdef".randomElement() ?? "0" })
    }
}
