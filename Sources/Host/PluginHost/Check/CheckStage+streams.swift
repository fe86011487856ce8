import Core
import Glibc
import JSONKit
import PluginAPI
import Synchronization

extension CheckStage {
    func items() throws(Verdict) -> Verdict {
        let library = try load()
        let script = try script(library)
        let instance = try make(library)
        let stream = try open(instance, script)
        let last: UInt64 = script.ending == .done ? 2 : 1
        var remark: Verdict?
        for item in 1...last {
            if !stream.push(script.input(item), item: item) { remark = .warning("push refused item \(item)") }
            remark = remark ?? answer(stream, script, item)
            if remark != nil { break }
        }
        let state = stream.recorder.now
        stream.close()
        if let fault = firstFault() { return .failed(fault) }
        instance.destroy()
        return remark ?? content(of: state, library.kind, through: last)
    }

    /// Nil: the item was answered to its end.
    private func answer(_ stream: CheckStream, _ script: CheckScript, _ item: UInt64) -> Verdict? {
        switch script.ending {
        case .open: return nil
        case .done:
            guard stream.wait(6, { $0.isOver || $0.has(Int(PB_FRAME_DONE), item) }) else {
                return .failed("item \(item) is not closed with DONE within 6 s")
            }
        }
        let state = stream.recorder.now
        if let failure = state.failure { return .warning("the stream failed: \(failure)") }
        if script.ending == .done, state.isOver { return .warning("the stream ended before the host wished it") }
        return nil
    }

    /// What a kind's contract says of the frames of an item.
    private func content(of state: CheckRecorder.State, _ kind: String, through last: UInt64) -> Verdict {
        for item in 1...last {
            let finals = state.heard.count { $0.item == item && $0.isFinal }
            if kind == "asr", finals != 1 {
                return .failed("item \(item) has \(finals) FINAL texts; the contract is one")
            }
            if kind == "embedder", state.count(Int(PB_FRAME_VECTOR), item) != 1 {
                return .failed("item \(item) has \(state.count(Int(PB_FRAME_VECTOR), item)) vectors")
            }
            if kind == "tts", !state.has(Int(PB_FRAME_AUDIO), item) { return .failed("item \(item) has no audio") }
            if kind == "intent", !state.has(Int(PB_FRAME_JSON), item) { return .failed("item \(item) has no labels") }
        }
        let lengths = Set(state.heard.filter { $0.type == Int(PB_FRAME_VECTOR) }.map(\.length))
        if lengths.count > 1 { return .failed("its vectors have different lengths: \(lengths.sorted())") }
        return .passed("\(state.heard.count) frames came back")
    }

    func cancelling() throws(Verdict) -> Verdict {
        let library = try load()
        let script = try script(library)
        let instance = try make(library)
        let stream = try open(instance, script)
        stream.cancel(0)
        stream.cancel(999)
        guard script.ending == .done else {
            stream.close()
            return firstFault().map { .failed($0) } ?? .passed()
        }
        var remark: Verdict?
        for item: UInt64 in 1...3 where remark == nil {
            stream.push(script.input(item), item: item)
            switch item {
            case 1:
                stream.cancel(1)
                stream.cancel(1)
            case 2: cancelElsewhere(stream)
            default: break
            }
            if !stream.wait(6, { $0.isOver || $0.has(Int(PB_FRAME_DONE), item) }) {
                remark = .failed(
                    "item \(item) is not closed with DONE within 6 s of \(item < 3 ? "its" : "an earlier") cancel"
                )
            } else if let failure = stream.recorder.now.failure {
                remark = .warning("the stream failed: \(failure)")
            }
        }
        stream.close()
        if let fault = firstFault() { return .failed(fault) }
        instance.destroy()
        return remark ?? .passed()
    }

    /// Cancels all from a thread of its own, as a supervisor does.
    private func cancelElsewhere(_ stream: CheckStream) {
        // Only this thread waits meanwhile, and touches nothing.
        nonisolated(unsafe) let stream = stream
        let box = CancelBox()
        host.after(.zero) {
            stream.cancel(0)
            box.isDone.store(true, ordering: .releasing)
        }
        while !box.isDone.load(ordering: .acquiring) { usleep(1000) }
    }

    func closing() throws(Verdict) -> Verdict {
        let library = try load()
        let script = try script(library)
        let instance = try make(library)
        let deadline = Moment.now() + .seconds(6)
        var rounds = 0
        while rounds < 16, Moment.now() < deadline {
            let stream = try open(instance, script)
            if rounds % 4 != 0 { stream.push(script.input(1), item: 1) }
            if rounds % 4 == 3 { stream.cancel(1) }
            usleep(UInt32(rounds) * 1000)
            stream.close()
            rounds += 1
        }
        if let fault = firstFault() { return .failed(fault) }
        instance.destroy()
        return .passed("\(rounds) streams closed at different moments")
    }

    func copies() throws(Verdict) -> Verdict {
        let (first, second) = (try load(), try load())
        let script = try script(first)
        let instances = [try make(first), try make(first), try make(second)]
        var streams: [CheckStream] = []
        for instance in instances { streams.append(try open(instance, script)) }
        for stream in streams { stream.push(script.input(1), item: 1) }
        var counts: [Int] = []
        for stream in streams {
            if script.ending != .open {
                let isComplete = stream.wait(5) { $0.isOver || $0.has(Int(PB_FRAME_DONE), 1) }
                guard isComplete else { return .failed("beside another instance an item is not answered within 5 s") }
            }
            counts.append(stream.recorder.now.failure == nil ? 1 : 0)
        }
        for stream in streams.reversed() { stream.close() }
        for instance in instances { instance.destroy() }
        if let fault = firstFault() { return .failed(fault) }
        guard Set(counts).count == 1 else { return .failed("of equal instances some fail and some do not") }
        return .passed()
    }

    func speed() throws(Verdict) -> Verdict {
        let library = try load()
        guard !library.blocks else { return .skipped("says PB_PLUGIN_BLOCKS: runs on workers") }
        let script = try script(library)
        let instance = try make(library)
        let deadline = Moment.now() + .seconds(5)
        var (durations, longest) = ([Int64](), (microseconds: Int64(0), call: ""))
        for round in 0..<10 where Moment.now() < deadline {
            let stream = try open(instance, script)
            stream.push(script.input(1), item: 1)
            if round % 2 == 0 { _ = stream.wait(1) { $0.isOver || $0.has(Int(PB_FRAME_DONE), 1) } }
            stream.close()
            durations += stream.durations
            if stream.longest.microseconds > longest.microseconds { longest = stream.longest }
        }
        instance.destroy()
        let slow = durations.count { $0 > 5000 }
        let text = "longest call: \(longest.call), \(longest.microseconds) us"
        // One slow call on a busy machine proves nothing.
        if slow * 10 > durations.count { return .failed("\(slow) of \(durations.count) calls took over 5 ms; \(text)") }
        return slow > 0 || longest.microseconds > 5000 ? .warning(text) : .passed(text)
    }

    func nonsense() throws(Verdict) -> Verdict {
        let library = try load()
        let script = try script(library)
        let instance = try make(library)
        var random = Seeded(state: 20_261_123)
        var stream = try open(instance, script)
        let deadline = Moment.now() + .seconds(5)
        for round in 0..<400 where Moment.now() < deadline {
            let type = round % 50 == 49 ? Int(UInt32.max) : Int(random.next() % 12)
            let item = random.next() % 4 == 0 ? random.next() : random.next() % 5
            let bytes = (0..<Int(random.next() % 200)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            stream.recorder.pushed(.max)
            let isTaken = bytes.withUnsafeBytes { stream.push(type, $0, item) } == Int32(PB_OK)
            if isTaken, !stream.recorder.now.isOver {
                if random.next() % 16 == 0 { stream.cancel(random.next() % 5) }
                continue
            }
            stream.close()
            stream = try open(instance, script)
        }
        stream.close()
        if let fault = firstFault() { return .failed(fault) }
        instance.destroy()
        return .passed("400 frames of noise")
    }
}

/// A flag between two threads.
private final class CancelBox: Sendable {
    let isDone = Atomic<Bool>(false)
}

/// Noise that can be repeated.
private struct Seeded {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 17 ^ state >> 41
    }
}
