import Core
import IO
import Synchronization

/// The simulated carrier at work: drives the machine in real time, tells callbacks and holds conversations. Confined to its
/// loop.
final class Exchange {
    let loop: SocketLoop
    let account: CarrierAccount
    private(set) var machine: CarrierMachine
    /// By the number of the call; kept for as long as the process lives, because the pages and the API list them all.
    private(set) var requests: [Int: PlacedRequest] = [:]
    private(set) var calls: [String: [Int]] = [:]
    private(set) var troubles: [Int: String] = [:]
    private(set) var firstWords: [Int: Int] = [:]
    /// Status callbacks that were sent, and those that the host has not taken.
    private(set) var told = 0
    private(set) var untold = 0
    private var conversations: [Int: Conversation] = [:]
    private let http: HTTPClient
    private let seed: UInt64
    private let speed: Double
    private let speaker: Speaker
    private let begin = Moment.now()
    private let epoch = Timestamp.now()
    private let launch: String
    private var timer: TimerID?

    init(
        loop: SocketLoop,
        http: HTTPClient,
        account: CarrierAccount,
        practice: Practice,
        seed: UInt64,
        speed: Double,
        speaker: Speaker
    ) {
        (self.loop, self.http, self.account) = (loop, http, account)
        (self.seed, self.speed, self.speaker) = (seed, speed, speaker)
        machine = CarrierMachine(practice, seed: seed, hasConversations: true, keepsCalls: true)
        // A carrier that is started anew does not give the same names again.
        launch = Self.hex(UInt64(bitPattern: epoch.unixMilliseconds))
    }

    /// The carrier's time, which `speed` makes run faster.
    var now: Timestamp {
        Timestamp(
            unixMilliseconds: epoch.unixMilliseconds + Int64(loop.now.milliseconds(since: begin) * speed)
        )
    }

    /// Changes whom it reaches, what it allows and what goes wrong; for calls from now on.
    func change(_ practice: Practice) {
        machine.practice = practice
        act(.time)
    }

    var practice: Practice { machine.practice }

    // MARK: Calls

    func sid(_ number: Int) -> String { "CA\(launch)\(Self.hex(UInt64(number)))" }

    /// The call of an identifier.
    func number(_ sid: String) -> Int? {
        guard sid.hasPrefix("CA\(launch)"), sid.utf8.count == 34 else { return nil }
        return Int(sid.suffix(16), radix: 16).flatMap { requests[$0] == nil ? nil : $0 }
    }

    /// Places a call, or refuses it; `finish` is called once, unless the answer gets lost.
    func place(
        _ request: CallRequest,
        _ placed: PlacedRequest,
        _ finish: @escaping (CarrierAction) -> Void
    ) {
        var verdict: CarrierAction?
        for action in machine.handle(.place(request), at: now) {
            switch action {
            case .accepted(let number, _):
                requests[number] = placed
                calls[request.to, default: []].append(number)
                verdict = action
            case .refused: verdict = action
            default: perform(action)
            }
        }
        arm()
        if let verdict { finish(verdict) }
    }

    /// Hangs up, or cancels what is not answered yet.
    func end(_ number: Int) { act(.end(number)) }

    /// Other instructions take the place of those that are being carried out.
    func instruct(_ number: Int, url: String?, twiml: String?) {
        guard machine.calls[number]?.status == .inProgress, requests[number] != nil else { return }
        conversations.removeValue(forKey: number)?.cut()
        requests[number]?.instruct(url: url, twiml: twiml)
        converse(number)
    }

    private func act(_ input: CarrierInput) {
        for action in machine.handle(input, at: now) { perform(action) }
        arm()
    }

    private func arm() {
        if let timer { loop.cancel(timer) }
        timer = machine.nextDue.map { due in
            let wait = Double(due.unixMilliseconds - now.unixMilliseconds) / speed
            return loop.schedule(after: .microseconds(max(0, Int64(1000 * wait)))) { [weak self] in self?.act(.time) }
        }
    }

    private func perform(_ action: CarrierAction) {
        switch action {
        case .tell(let number, let news): tell(number, news)
        case .converse(let number): converse(number)
        case .detected(let number, let verdict, let milliseconds): tell(number, verdict, milliseconds)
        case .over(let call): conversations.removeValue(forKey: call.number)?.cut()
        case .accepted, .refused: break
        }
    }

    // MARK: Callbacks

    private func tell(_ number: Int, _ news: CallNews) {
        guard let call = machine.calls[number], let url = requests[number]?.statusCallback else { return }
        var form = fields(call, status: news.status, answeredBy: news.answeredBy)
        form += [
            ("Timestamp", CarrierDate.text(news.at)), ("SequenceNumber", "\(news.sequence)"),
            ("CallbackSource", "call-progress-events"),
        ]
        if let seconds = news.duration {
            form += [("CallDuration", "\(seconds)"), ("Duration", "\((seconds + 59) / 60)")]
        }
        if let code = news.sipCode { form.append(("SipResponseCode", "\(code)")) }
        post(url, form)
    }

    private func tell(_ number: Int, _ answeredBy: String, _ milliseconds: Int64) {
        guard let url = requests[number]?.detectionCallback else { return }
        post(
            url,
            [
                ("CallSid", sid(number)), ("AccountSid", account.sid), ("AnsweredBy", answeredBy),
                ("MachineDetectionDuration", "\(milliseconds)"),
            ]
        )
    }

    /// What every webhook of a call says.
    private func fields(_ call: PracticeCall, status: CallStatus, answeredBy: String?) -> [(
        name: String, value: String
    )] {
        let (from, to) = (call.request.from, call.request.to)
        var form = [
            ("AccountSid", account.sid), ("ApiVersion", "2010-04-01"), ("CallSid", sid(call.number)),
            ("CallStatus", status.rawValue), ("Called", to), ("Caller", from), ("Direction", "outbound-api"),
            ("From", from), ("To", to),
        ]
        if let answeredBy { form.append(("AnsweredBy", answeredBy)) }
        return form
    }

    /// Sent once: this carrier does not repeat a callback that nobody takes.
    private func post(_ url: String, _ form: [(name: String, value: String)]) {
        told += 1
        let (account, http, loop, bound) = (account, http, loop, LoopBound(self, loop))
        Task {
            do throws(CarrierFailure) {
                _ = try await SimulatedCall.post(url, form, account, http)
            } catch {
                if case .webhook(200..<300, _) = error { return }
                loop.perform { bound.with { $0.untold += 1 } }
            }
        }
    }

    // MARK: Conversations

    private func converse(_ number: Int) {
        guard let call = machine.calls[number], let request = requests[number] else { return }
        let conversation = Conversation(
            call: call,
            sid: sid(number),
            form: fields(call, status: .inProgress, answeredBy: call.answeredBy),
            account: account,
            loop: loop,
            http: http,
            speaker: speaker,
            speed: speed,
            reach: { [practice, seed] in practice.persona(for: $0, seed: seed, attempt: 1) }
        )
        conversations[number] = conversation
        let (loop, bound) = (loop, LoopBound((exchange: self, conversation: conversation), loop))
        conversation.start(url: request.url, twiml: request.twiml) { ending in
            loop.perform { bound.with { $0.exchange.ended(number, $0.conversation, ending) } }
        }
    }

    private func ended(_ number: Int, _ conversation: Conversation, _ ending: Conversation.Ending) {
        if let trouble = ending.trouble { troubles[number] = trouble }
        if let words = ending.firstWords, firstWords[number] == nil { firstWords[number] = words }
        // One that was replaced by other instructions does not end the call.
        guard conversations[number] === conversation else { return }
        act(.hungUp(number))
    }

    private static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
