import Core
import IO
import JSONKit
import Media
import SoundKit

/// The carrier's end of one media socket. Confined to its loop: sends 20 ms of the caller every 20 ms, plays what it gets
/// in real time, and measures as somebody would who only hears.
final class MediaLink: WebSocketClientHandler {
    private(set) var view = CallView()
    private(set) var report = CallReport()
    private let loop: any EventLoop
    private let start: JSON
    private let streamID: String
    private let callSid: String
    private let account: String
    private var socket: WebSocket?
    private var buffer = PlaybackBuffer()
    private var listener = Listener(begin: Moment(microseconds: 0))
    private var outgoing: [Int16] = []
    private var sequence = 1
    private var chunk = 0
    private var startedAt = Moment(microseconds: 0)
    private var quietFrames = 0
    private var callerStopped: Int?
    private var interruptedSince: Int?
    private var waiters: [Waiter] = []

    private struct Waiter {
        let deadline: Moment
        let condition: (CallView) -> Bool
        let finish: (Bool) -> Void
    }

    /// A frame is 20 ms at 8 kHz.
    private static let frame = 160
    /// Speech is louder than this; what synthesis leaves between words is not, for so many frames at the most.
    private static let audible: Float = -45
    private static let pauseFrames = 25

    init(loop: any EventLoop, callSid: String, account: String, parameters: [String: String]) {
        (self.loop, self.callSid, self.account) = (loop, callSid, account)
        streamID = "MZ" + callSid.dropFirst(2)
        var custom = JSONObject()
        for (name, value) in parameters.sorted(by: { $0.key < $1.key }) { custom[name] = .string(value) }
        start = [
            "event": "start", "sequenceNumber": "1", "streamSid": .string(streamID),
            "start": [
                "streamSid": .string(streamID), "accountSid": .string(account), "callSid": .string(callSid),
                "tracks": ["inbound"], "customParameters": .object(custom),
                "mediaFormat": ["encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1],
            ],
        ]
    }

    // MARK: The caller

    /// Queues speech behind what is still to be said.
    func speak(_ samples: [Int16]) {
        if outgoing.isEmpty, view.isAgentSpeaking { interruptedSince = report.framesSent }
        outgoing += samples
        view.isCallerSilent = outgoing.isEmpty
    }

    func press(_ digit: Character) {
        send(["event": "dtmf", "dtmf": ["track": "inbound_track", "digit": .string(String(digit))]])
    }

    func hangUp() {
        send(["event": "stop", "stop": ["accountSid": .string(account), "callSid": .string(callSid)]])
        socket?.close(code: 1000, reason: "the caller hung up")
    }

    /// Calls `finish` with true as soon as the condition holds, with false at the deadline.
    func wait(until deadline: Moment, _ condition: @escaping (CallView) -> Bool, _ finish: @escaping (Bool) -> Void) {
        if condition(view) { return finish(true) }
        guard !view.isClosed, loop.now < deadline else { return finish(false) }
        waiters.append(Waiter(deadline: deadline, condition: condition, finish: finish))
        // No tick comes while the socket is not open yet.
        if !view.isConnected { loop.schedule(at: deadline) { [weak self] in self?.settle() } }
    }

    // MARK: The socket

    func opened(_ socket: WebSocket) {
        self.socket = socket
        _ = socket.send(#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#)
        _ = socket.send(start.description)
        view.isConnected = true
        startedAt = loop.now
        listener = Listener(begin: startedAt)
        tick()
    }

    func failed(_ failure: IOFailure) { closed(code: 1006, reason: failure.description) }

    func closed(code: Int, reason: String) {
        socket = nil
        view.isClosed = true
        report.closeReason = "\(code) \(reason)"
        settle()
    }

    func received(_ message: UnsafeRawBufferPointer, isText: Bool) {
        guard isText, let json = try? JSON(parsing: message), json["streamSid"]?.string == streamID else { return }
        switch json["event"]?.string {
        case "media":
            guard let payload = json["media"]?["payload"]?.string, let audio = Base64.decode(payload) else { return }
            report.framesReceived += 1
            buffer.append(audio)
            listener.received(audio.map { G711.decode($0) }, at: loop.now)
            report.answers = listener.answers
        case "mark": buffer.append(mark: json["mark"]?["name"]?.string ?? "")
        case "clear":
            report.clears += 1
            listener.cleared(at: loop.now)
            report.answers = listener.answers
            echo(buffer.clear())
        default: break
        }
    }

    // MARK: Every 20 ms

    private func tick() {
        guard !view.isClosed else { return }
        sendFrame()
        playFrame()
        view.time = report.framesSent * 20
        settle()
        // Counted from the start, so that no delay of one tick adds up.
        loop.schedule(at: startedAt + .milliseconds(20 * report.framesSent)) { [weak self] in self?.tick() }
    }

    private func sendFrame() {
        let count = min(Self.frame, outgoing.count)
        var samples = Array(outgoing[0..<count])
        outgoing.removeFirst(count)
        if count > 0, outgoing.isEmpty { callerStopped = report.framesSent + 1 }
        view.isCallerSilent = outgoing.isEmpty
        samples += repeatElement(0, count: Self.frame - count)
        report.said += samples
        listener.said(samples, at: loop.now)
        let payload = Base64.encode(samples.map { G711.encode($0) })
        chunk += 1
        send([
            "event": "media",
            "media": [
                "track": "inbound", "chunk": .string(String(chunk)),
                "timestamp": .string(String(report.framesSent * 20)),
                "payload": .string(payload),
            ],
        ])
        report.framesSent += 1
    }

    private func playFrame() {
        let (codes, marks) = buffer.play(Self.frame)
        if !codes.isEmpty, codes.count < Self.frame, marks.isEmpty, view.isAgentSpeaking { report.underruns += 1 }
        var samples = codes.map { G711.decode($0) }
        samples += repeatElement(0, count: Self.frame - samples.count)
        report.heard += samples
        let level = samples.withUnsafeBufferPointer { Level($0.span).decibels }
        notice(isAudible: level > Self.audible)
        echo(marks)
    }

    private func notice(isAudible: Bool) {
        quietFrames = isAudible ? 0 : quietFrames + 1
        if isAudible, !view.isAgentSpeaking {
            view.isAgentSpeaking = true
            view.agentUtterances += 1
            view.firstHeard = view.firstHeard ?? report.framesSent * 20
            view.agentFor = 0
            if let stopped = callerStopped { report.answerGaps.append(Double(report.framesSent - stopped) * 20) }
            callerStopped = nil
        } else if view.isAgentSpeaking, quietFrames >= (interruptedSince == nil ? Self.pauseFrames : 3),
            buffer.count == 0
        {
            view.isAgentSpeaking = false
            view.agentFor = quietFrames * 20
            if let since = interruptedSince {
                report.bargeIns.append(Double(report.framesSent - quietFrames - since) * 20)
            }
            interruptedSince = nil
        } else {
            view.agentFor += 20
        }
    }

    private func settle() {
        let now = loop.now
        let due = waiters
        waiters = []
        for waiter in due {
            if waiter.condition(view) {
                waiter.finish(true)
            } else if now >= waiter.deadline || view.isClosed {
                waiter.finish(false)
            } else {
                waiters.append(waiter)
            }
        }
    }

    private func echo(_ marks: [String]) {
        for name in marks {
            report.marksEchoed += 1
            send(["event": "mark", "mark": ["name": .string(name)]])
        }
    }

    private func send(_ message: JSON) {
        guard let socket, case .object(var object) = message else { return }
        sequence += 1
        object["sequenceNumber"] = .string(String(sequence))
        object["streamSid"] = .string(streamID)
        _ = socket.send(JSON.object(object).description)
    }
}
