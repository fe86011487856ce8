import Calls
import Core
import Glibc
import JSONKit
import Media
import PluginHost
import Routes
import SoundKit

/// A caller who follows a script, on a line of their own. Confined to the thread that plays it.
final class TrialCall {
    let world: TrialWorld
    let line: TrialLine
    private let call: LiveCall
    private let directory: CallDirectory
    private let tools: ScriptedTools
    private let isRealTime: Bool
    private(set) var record = TrialRecord()
    private let started: Moment
    /// Of the line's audio, in microseconds.
    private var position: Int64 = 0
    /// When the caller's last sound ended.
    private(set) var lastSound: Moment?
    private var isOver = false

    /// The longest that an agent may take to come to rest, in frames.
    private static let patience = 50 * 180
    private static let silence = [Int16](repeating: 0, count: 160)

    init(_ trial: Trial, of file: TrialFile, in world: TrialWorld, isRealTime: Bool) throws(TrialFailure) {
        (self.world, self.isRealTime) = (world, isRealTime)
        started = world.loop.now
        line = TrialLine(loop: world.loop)
        tools = ScriptedTools(file.tools.overridden(by: trial.tools), world.collections, world.loop)
        let services = world.services(tools, agents: [file.agent] + file.others)
        directory = CallDirectory(services: services, loops: [world.loop])
        let details = CallDetails(
            agent: file.agent,
            from: trial.from,
            to: trial.to,
            direction: trial.isOutbound ? .outbound : .inbound,
            localTime: file.localTime
        )
        guard let shard = directory.current else { throw TrialFailure("the call has no loop") }
        do throws(CallFailure) { call = try shard.answer(details, line: line) } catch {
            throw TrialFailure("\(error)")
        }
        line.call = call
        settle()
    }

    // MARK: Looking

    var hasEnded: Bool { isOver || line.closed != nil }
    var seconds: Double { (world.loop.now - started).fractionalSeconds }
    var stage: String { call.summary.stage }
    var isAtRest: Bool { hasEnded || call.summary.state == "listening" }
    /// Counts what has happened: a mark to look back to.
    var now: Int { record.entries.count }

    // MARK: Doing

    /// Lets the agent finish. False if it does not.
    func listen() -> Bool {
        for _ in 0..<Self.patience {
            if isAtRest { return true }
            hear(Self.silence)
        }
        return false
    }

    /// Waits until the agent speaks, and so long after. False if it does not speak.
    func listen(into milliseconds: Int) -> Bool {
        var patience = 500
        while !line.isPlaying, patience > 0, !hasEnded {
            hear(Self.silence)
            patience -= 1
        }
        guard line.isPlaying else { return false }
        beSilent(milliseconds)
        return true
    }

    func say(_ text: String) {
        record.add(.script(who: "caller", text: text), at: seconds)
        play(ScriptedSpeech.audio(of: text))
    }

    func play(_ samples: [Int16], name: String) {
        record.add(.script(who: "caller", text: "(\(name))"), at: seconds)
        play(samples)
    }

    private func play(_ samples: [Int16]) {
        var start = 0
        while start < samples.count, !hasEnded {
            let end = min(samples.count, start + 160)
            let frame = Array(samples[start..<end])
            hear(frame)
            if frame.contains(where: { abs(Int($0)) > 500 }) { lastSound = world.loop.now }
            start = end
        }
        // Until it is certain that something was said.
        beSilent(200)
    }

    func press(_ digits: String) {
        record.add(.script(who: "keys", text: digits), at: seconds)
        for digit in digits where !hasEnded {
            call.digit(digit)
            settle()
            beSilent(100)
        }
    }

    func beSilent(_ milliseconds: Int) {
        for _ in 0..<milliseconds / 20 where !hasEnded { hear(Self.silence) }
    }

    func fail(_ kind: Kind, afterFrames frames: Int) throws(TrialFailure) {
        guard let route = world.routes.get(kind.rawValue), let step = route.steps.first else {
            throw TrialFailure("there is no route for \(kind.rawValue) to fail")
        }
        record.add(.script(who: "script", text: "\(step.plugin) fails"), at: seconds)
        do throws(PluginError) { try world.registry.fail(step.plugin, afterFrames: frames) } catch {
            throw TrialFailure("\(error)")
        }
    }

    func hangUp() {
        guard !hasEnded else { return }
        record.add(.script(who: "caller", text: "(hangs up)"), at: seconds)
        call.lineClosed(reason: "the caller hung up")
        isOver = true
        settle()
    }

    // MARK: Time

    private func hear(_ frame: [Int16]) {
        guard !hasEnded else { return }
        call.hear(frame.span, at: position)
        position += 20_000
        if isRealTime {
            // In small steps: answers of providers come when they come.
            for _ in 0..<10 {
                usleep(2000)
                world.loop.advance(by: .milliseconds(2))
            }
        } else {
            world.loop.advance(by: .milliseconds(20))
        }
        settle()
    }

    /// What the call has sent the host to fetch is there before the script's clock goes on.
    private func settle() {
        var patience = 50_000
        world.loop.runPending()
        while call.errands > tools.pending, !isRealTime, patience > 0 {
            usleep(100)
            world.loop.runPending()
            patience -= 1
        }
        for event in world.events() { record.add(.event(event.topic, event.data), at: seconds) }
    }
}
