import Core
import IO
import Synchronization

/// One answered call: asks for its instructions, carries them out, and plays the persona meanwhile. From any thread.
final class Conversation: Sendable {
    /// How it went.
    struct Ending: Sendable {
        /// What the host did that a carrier does not understand.
        var trouble: String?
        /// Milliseconds from the answer until the agent was heard.
        var firstWords: Int?
    }

    private struct State {
        var task: Task<Void, Never>?
        var media: SimulatedCall?
        var isCut = false
        var firstWords: Int?
    }

    private let call: PracticeCall
    private let sid: String
    private let form: [(name: String, value: String)]
    private let account: CarrierAccount
    private let loop: SocketLoop
    private let http: HTTPClient
    private let speaker: Speaker
    private let speed: Double
    private let reach: @Sendable (String) -> Persona
    private let begin = Moment.now()
    private let state = Mutex(State())
    /// More instructions than this in a row lead nowhere.
    private static let mostVerbs = 100

    init(
        call: PracticeCall,
        sid: String,
        form: [(name: String, value: String)],
        account: CarrierAccount,
        loop: SocketLoop,
        http: HTTPClient,
        speaker: Speaker,
        speed: Double,
        reach: @escaping @Sendable (String) -> Persona
    ) {
        (self.call, self.sid, self.form, self.account) = (call, sid, form, account)
        (self.loop, self.http, self.speaker, self.speed, self.reach) = (loop, http, speaker, speed, reach)
    }

    /// `finish` is called once, also when it is cut.
    func start(url: String?, twiml: String?, _ finish: @escaping @Sendable (Ending) -> Void) {
        let task = Task {
            var ending = Ending()
            do throws(CarrierFailure) {
                try await self.run(url: url, twiml: twiml)
            } catch {
                if !self.state.withLock({ $0.isCut }) { ending.trouble = error.description }
            }
            ending.firstWords = self.state.withLock { $0.firstWords }
            finish(ending)
        }
        state.withLock { $0.task = task }
    }

    /// The call is over, or gets other instructions: its socket is closed.
    func cut() {
        let (task, media) = state.withLock { state in
            state.isCut = true
            return (state.task, state.media)
        }
        task?.cancel()
        if let media { Task { await media.hangUp() } }
    }

    // MARK: Instructions

    private func run(url: String?, twiml: String?) async throws(CarrierFailure) {
        var verbs: [Verb]
        if let url { verbs = try await ask(url) } else { verbs = try Verb.read(twiml ?? "") }
        var count = 0
        while !verbs.isEmpty, !isCut {
            count += 1
            guard count < Self.mostVerbs else { throw .instructions("\(count) of them lead nowhere") }
            switch verbs.removeFirst() {
            case .connect(let instructions):
                guard try await connect(instructions) else { return }
                if let action = instructions.action { verbs = try await ask(action) }
            case .say(let text): await sleep(0.4 * Double(text.split(separator: " ").count))
            case .play(let url): await sleep(try await length(url))
            case .pause(let seconds): await sleep(seconds)
            case .dial(let to, let action):
                let result = await dial(to)
                guard let action else { return }
                verbs = try await ask(action, result)
            case .redirect(let url): verbs = try await ask(url)
            case .hangUp, .reject: return
            }
        }
    }

    private var isCut: Bool { state.withLock { $0.isCut } }

    private func ask(
        _ url: String,
        _ more: [(name: String, value: String)] = []
    ) async throws(CarrierFailure) -> [Verb] {
        try Verb.read(try await SimulatedCall.post(url, form + more, account, http))
    }

    /// How long a file plays: one byte is 125 microseconds of mu-law, which is what carriers are given.
    private func length(_ url: String) async throws(CarrierFailure) -> Double {
        do throws(IOFailure) {
            return Double(try await http.fetch(ClientRequest("GET", url)).body.count) / 8000
        } catch { throw .connection("<Play>: \(error)") }
    }

    /// Somebody else gets the call.
    private func dial(_ to: String) async -> [(name: String, value: String)] {
        let persona = reach(to)
        await sleep(persona.rings.lowerBound)
        let status =
            switch persona.kind {
            case .busy: "busy"
            case .ring: "no-answer"
            case .unreachable, .invalid: "failed"
            case .talk, .hangUp, .voicemail, .fax: "completed"
            }
        let seconds = persona.kind.isAnswered ? persona.usualStay.lowerBound : 0
        await sleep(seconds)
        return [
            ("DialCallStatus", status), ("DialCallDuration", "\(Int(seconds))"), ("DialCallSid", "CA" + sid.suffix(32)),
        ]
    }

    private func sleep(_ seconds: Double) async {
        try? await Task.sleep(for: .microseconds(Int64(1_000_000 * seconds / speed)))
    }

    // MARK: The persona

    /// False: the persona has hung up, and nothing follows.
    private func connect(_ instructions: Instructions) async throws(CarrierFailure) -> Bool {
        let media = try await SimulatedCall.connect(
            instructions,
            callSid: sid,
            account: account,
            loop: loop,
            http: http
        )
        let connectedAfter = Int(Moment.now().milliseconds(since: begin))
        let isCut = state.withLock { state in
            state.media = media
            return state.isCut
        }
        if isCut {
            await media.hangUp()
            return false
        }
        var staysOn = false
        do throws(CarrierFailure) {
            staysOn = try await play(on: media)
        } catch {
            // The host has closed the socket, which means: go on with the next instruction.
            if case .closed = error { staysOn = true }
        }
        if let heard = await media.view().firstHeard {
            state.withLock { $0.firstWords = $0.firstWords ?? connectedAfter + heard }
        }
        await media.hangUp()
        return staysOn && !self.isCut
    }

    private func play(on media: SimulatedCall) async throws(CarrierFailure) -> Bool {
        switch call.persona.kind {
        case .voicemail:
            try await media.speak(await lines().joined() + [Int16](repeating: 0, count: 2400))
            try await media.speak(Speaker.tone(1000, milliseconds: 600))
        case .fax: try await media.speak(Speaker.tone(2100, milliseconds: 3000))
        case .hangUp: break
        default: return try await talk(on: media)
        }
        // Until the host has had enough, or the machine cuts it.
        try await media.wait(for: "the end", seconds: 600) { $0.isClosed }
        return true
    }

    private func talk(on media: SimulatedCall) async throws(CarrierFailure) -> Bool {
        var dice = call.dice
        var heard = 0
        for (index, line) in await lines().enumerated() {
            if index > 0 {
                await listen(on: media, after: heard)
                await pause(dice.milliseconds(call.persona.thinks))
            }
            heard = await media.view().agentUtterances
            try await media.speak(line)
        }
        await listen(on: media, after: heard)
        let isClosed = await media.view().isClosed
        return isClosed
    }

    /// Waits for the agent's words, but people do not wait for ever.
    private func listen(on media: SimulatedCall, after utterances: Int) async {
        try? await media.waitForAgent(after: utterances, seconds: 20)
    }

    /// In real time, as everything in a conversation.
    private func pause(_ milliseconds: Int64) async { try? await Task.sleep(for: .milliseconds(milliseconds)) }

    private func lines() async -> [[Int16]] {
        let files = call.persona.audio.compactMap { Speaker.file($0) }
        if !files.isEmpty { return files }
        var spoken: [[Int16]] = []
        for text in call.persona.says { spoken.append(await speaker.say(text)) }
        return spoken
    }
}
