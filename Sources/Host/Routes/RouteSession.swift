import Core
public import JSONKit
public import PluginHost

/// Work of one kind through a route: one open stream, opened again on failure, at another plugin if need be.
///
/// Items are numbered by the caller, upwards from 1. What was pushed for an item is kept until its answer is complete and
/// pushed again to whoever takes over; audio is pushed again by the replay source. Confined to its loop. `close` must be
/// called; nothing is delivered afterwards.
public final class RouteSession {
    public let route: Route
    private let table: RouteTable
    private let interface: String
    private let options: JSON
    private let key: String
    private let loop: any EventLoop
    // Unowned: a weak reference would make every retain of a call on the frame path a slow one. Whoever receives closes.
    private unowned var receiver: (any RouteReceiver)?
    private unowned var source: (any ReplaySource)?

    private var machine: RouteMachine
    private var stream: Stream?
    /// The stream in use, for tests.
    var openStream: Stream? { stream }
    private var kept: [KeptItem] = []
    private var failure = PluginFailure(.unavailable, isRetryable: true, message: "nobody answered")
    private var timer: (id: TimerID, at: Moment)?
    private var isClosed = false
    /// The item whose audio is being pushed: a frame costs one comparison.
    private var audioItem: UInt64 = 0

    init(
        _ route: Route,
        _ table: RouteTable,
        _ options: JSON,
        key: String,
        loop: any EventLoop,
        receiver: any RouteReceiver,
        replay: (any ReplaySource)?
    ) {
        (self.route, self.table, self.options, self.key, self.loop) = (route, table, options, key, loop)
        (self.receiver, self.source) = (receiver, replay)
        interface = route.kind.interface ?? ""
        machine = RouteMachine(steps: route.steps)
    }

    /// The plugin that answers now, or would be asked first.
    public var provider: String { route.steps[machine.step].plugin }
    /// Samples a second of the audio that the open stream takes and gives. Its owner converts.
    public private(set) var sampleRate = 8000
    /// Which generation of it; nil while nothing is open.
    public var generation: Int? { stream?.generation }
    /// Whether no answer is awaited.
    public var isIdle: Bool { kept.isEmpty }

    // MARK: Pushing

    /// An utterance begins: the replay source is asked for what was said so far, now and whenever a stream is opened
    /// before the utterance is answered.
    public func begin(audio item: UInt64) {
        guard !isClosed, item != audioItem else { return }
        audioItem = item
        kept.append(KeptItem(item: item, isAudio: true))
        begin(item)
    }

    /// The next audio of an item. What cannot be taken now is left to the replay source.
    public func push(audio: Span<Int16>, item: UInt64, at time: UInt64) {
        if item != audioItem {
            begin(audio: item)
            if source != nil { return }
        }
        guard let stream, machine.isOpen else { return }
        do { try stream.push(audio: audio, item: item, at: time) } catch { failed(error, stream) }
    }

    public func push(text: String, item: UInt64) { push(.text(text), item) }
    public func push(json: JSON, item: UInt64) { push(.json(json), item) }
    public func push(bytes: [UInt8], item: UInt64) { push(.bytes(bytes), item) }

    /// The item's input is complete: its deadlines run.
    public func done(item: UInt64) {
        guard !isClosed, let index = kept.firstIndex(where: { $0.item == item }), !kept[index].isComplete else {
            return
        }
        kept[index].isComplete = true
        guard !kept[index].isHeld else { return }
        let wasOpen = machine.isOpen
        perform(machine.handle(.complete(item), at: loop.now))
        guard wasOpen, let stream else { return }
        finishInput(item, stream)
    }

    /// Gives an item other words than it had, after it was begun: what is left to be said of a sentence.
    public func replace(text: String, item: UInt64) {
        guard let index = kept.firstIndex(where: { $0.item == item }) else { return }
        kept[index].pieces = [.text(text)]
        guard let stream, machine.isOpen else { return }
        pushAgain(kept[index], stream)
    }

    /// Nobody wants this item any more; nothing of it is delivered after this.
    public func cancel(item: UInt64) {
        guard let index = kept.firstIndex(where: { $0.item == item }) else { return }
        let wasHeld = kept.remove(at: index).isHeld
        guard !wasHeld else { return }
        stream?.cancel(item: item)
        perform(machine.handle(.cancelled(item), at: loop.now))
        releaseHeld()
    }

    public func cancelAll() { for item in kept.map(\.item) { cancel(item: item) } }

    /// Ends everything, at once.
    public func close() {
        isClosed = true
        kept = []
        if let timer { loop.cancel(timer.id) }
        timer = nil
        closeStream()
        (receiver, source) = (nil, nil)
    }

    private func push(_ piece: KeptItem.Piece, _ item: UInt64) {
        guard !isClosed else { return }
        guard let index = kept.firstIndex(where: { $0.item == item }) else {
            kept.append(KeptItem(item: item, pieces: [piece]))
            return begin(item)
        }
        kept[index].pieces.append(piece)
        guard !kept[index].isHeld, machine.isOpen, let stream else { return }
        send(piece, item, stream)
    }

    private func send(_ piece: KeptItem.Piece, _ item: UInt64, _ stream: Stream) {
        do throws(PluginError) {
            switch piece {
            case .text(let text): try stream.push(text: text, item: item)
            case .json(let json): try stream.push(json: json, item: item)
            case .bytes(let bytes):
                try bytes.withUnsafeBytes { bytes in
                    Result { () throws(PluginError) in try stream.push(bytes: bytes, item: item) }
                }.get()
            }
        } catch {
            failed(error, stream)
        }
    }

    // MARK: Items

    /// Whether the plugin has been exchanged since the stream was opened.
    private var mustChange: Bool {
        guard let stream, let current = try? table.registry.lease(stream.plugin) else { return false }
        return current.generation != stream.generation
    }

    /// An item begins. If the plugin was exchanged, this is the boundary at which the new generation takes over: at once
    /// if nothing is awaited of the old one; otherwise the item waits, unless it is live audio, which cannot.
    private func begin(_ item: UInt64) {
        guard let index = kept.firstIndex(where: { $0.item == item }) else { return }
        let isBehindOthers = kept.contains(where: \.isHeld)
        if !kept[index].isAudio, isBehindOthers || (machine.isOpen && !machine.isIdle && mustChange) {
            kept[index].isHeld = true
            return
        }
        renew()
        start(kept[index])
    }

    /// Leaves a generation that has been replaced, between two items.
    private func renew() {
        guard machine.isOpen, machine.isIdle, mustChange else { return }
        closeStream()
        perform(machine.handle(.superseded, at: loop.now))
    }

    private func start(_ begun: KeptItem) {
        let open = machine.isOpen ? stream : nil
        perform(machine.handle(.began(begun.item), at: loop.now))
        if begun.isComplete { perform(machine.handle(.complete(begun.item), at: loop.now)) }
        // A stream that was opened just now has been pushed the item already.
        guard let open, open === stream else { return }
        if begun.isAudio {
            _ = source?.replay(.init(item: begun.item, delivered: 0), to: self)
        } else {
            pushAgain(begun, open)
        }
    }

    private func finished(_ item: UInt64) {
        kept.removeAll { $0.item == item }
        RouteMetrics.shared.request(route.kind, provider, "ok")
        perform(machine.handle(.finished(item), at: loop.now))
        releaseHeld()
    }

    /// The old generation has answered everything: what waited goes to the new one.
    private func releaseHeld() {
        guard machine.isIdle, kept.contains(where: \.isHeld) else { return }
        renew()
        for index in kept.indices { kept[index].isHeld = false }
        for item in kept.map(\.item) {
            // An answer may have come inline and changed the list.
            guard let waiting = kept.first(where: { $0.item == item }) else { continue }
            start(waiting)
        }
    }

    // MARK: Streams

    private func perform(_ actions: [RouteMachine.Action]) {
        for action in actions {
            guard !isClosed else { return }
            switch action {
            case .timedOut(let step, _, let deadline): timedOut(step, deadline)
            case .leave: closeStream()
            case .fallBack(let from, let to): fellBack(from, to)
            case .open(let step): open(step)
            case .replay(let items): replay(items)
            case .giveUp(let items): giveUp(items)
            }
        }
        arm()
    }

    private func open(_ step: Int) {
        closeStream()
        let step = route.steps[step]
        do throws(PluginError) {
            let instance = try table.registry.lease(step.plugin)
            if options["sample_rate"] != nil { sampleRate = table.sampleRate(of: instance) }
            stream = try Stream(instance, interface: interface, options: merged(step), loop: loop, receiver: self)
        } catch {
            return failed(error, nil)
        }
        perform(machine.handle(.opened, at: loop.now))
    }

    private func merged(_ step: Step) -> JSON {
        guard case .object(let base) = step.options, !base.isEmpty, case .object(let own) = options else {
            return options
        }
        var merged = base
        for (name, value) in own { merged[name] = value }
        return .object(merged)
    }

    private func closeStream() {
        stream?.close()
        stream = nil
    }

    private func replay(_ items: [RouteMachine.Unanswered]) {
        for item in items {
            guard let stream, let waiting = kept.first(where: { $0.item == item.item }) else { continue }
            if waiting.isAudio {
                _ = source?.replay(item, to: self)
                if waiting.isComplete { finishInput(item.item, stream) }
            } else if item.delivered == 0 || source?.replay(item, to: self) != true {
                pushAgain(waiting, stream)
            }
            guard self.stream === stream else { return }
        }
    }

    private func pushAgain(_ waiting: KeptItem, _ stream: Stream) {
        for piece in waiting.pieces {
            guard self.stream === stream else { return }
            send(piece, waiting.item, stream)
        }
        if waiting.isComplete { finishInput(waiting.item, stream) }
    }

    private func finishInput(_ item: UInt64, _ stream: Stream) {
        guard self.stream === stream, kept.contains(where: { $0.item == item }) else { return }
        do throws(PluginError) {
            // Item 0 is the stream itself: a blob ends with its stream.
            if item == 0 { try stream.end() } else { try stream.done(item: item) }
        } catch {
            failed(error, stream)
        }
    }

    private func timedOut(_ step: Int, _ deadline: RouteMachine.Deadline) {
        let plugin = route.steps[step].plugin
        let what =
            switch deadline {
            case .first: "gave no first piece in time"
            case .next: "stopped in the middle"
            case .total: "took too long"
            }
        failure = PluginFailure(.timeout, isRetryable: true, message: "\(plugin) \(what)")
        RouteMetrics.shared.request(route.kind, plugin, failure)
        closeStream()
    }

    private func fellBack(_ from: Int, _ to: Int) {
        let (old, new) = (route.steps[from].plugin, route.steps[to].plugin)
        RouteMetrics.shared.fallback(route.kind, old, new)
        let data: JSON = [
            "route": .string(route.name), "kind": .string(route.kind.rawValue), "from": .string(old),
            "to": .string(new),
            "reason": .string(failure.message),
        ]
        table.record(Event(.routeFellBack, key: key, data: data))
        receiver?.fellBack(from: old, to: new, because: failure, session: self)
    }

    private func giveUp(_ items: [UInt64]) {
        closeStream()
        kept.removeAll { items.contains($0.item) }
        audioItem = 0
        let exhausted = RouteFailure(
            .exhausted,
            route: route.name,
            kind: route.kind,
            retryable: failure.isRetryable,
            retryAfter: failure.retryAfter,
            message: failure.message
        )
        receiver?.exhausted(exhausted, items: items, from: self)
        releaseHeld()
    }

    // MARK: Failures and deadlines

    private func failed(_ error: PluginError, _ source: Stream?) {
        guard source == nil || source === stream else { return }
        if case .stream(let failure) = error { return failed(failure) }
        failed(PluginFailure(.unavailable, isRetryable: false, message: error.description))
    }

    private func failed(_ failure: PluginFailure) {
        self.failure = failure
        RouteMetrics.shared.request(route.kind, provider, failure)
        closeStream()
        guard failure.code != .superseded else { return perform(machine.handle(.superseded, at: loop.now)) }
        let input = RouteMachine.Input.failed(retryable: failure.isRetryable, retryAfter: failure.retryAfter)
        perform(machine.handle(input, at: loop.now))
    }

    /// One timer, moved lazily: a piece that puts the deadline off costs nothing.
    private func arm() {
        guard !isClosed, let wakeAt = machine.wakeAt else { return }
        if let timer {
            guard wakeAt < timer.at else { return }
            loop.cancel(timer.id)
        }
        let id = loop.schedule(at: wakeAt) { [self] in due() }
        timer = (id, wakeAt)
    }

    private func due() {
        timer = nil
        perform(machine.handle(.due, at: loop.now))
    }
}

extension RouteSession: StreamReceiver {
    public func received(_ frame: borrowing Frame, from stream: Stream) {
        guard stream === self.stream, !isClosed else { return }
        let item = frame.item
        switch frame.kind {
        case .end where kept.contains { $0.item == 0 && $0.isComplete }:
            receiver?.received(frame, from: self)
            closeStream()
            finished(0)
        case .end:
            if kept.contains(where: { !$0.isHeld }) {
                failed(PluginFailure(.malformed, isRetryable: true, message: "\(stream.plugin) ended in the middle"))
            } else {
                failed(PluginFailure(.cancelled, isRetryable: true, message: "ended"))
            }
        case .done:
            guard kept.contains(where: { $0.item == item }) else { return }
            receiver?.received(frame, from: self)
            finished(item)
        case nil: return
        default:
            guard item == 0 || kept.contains(where: { $0.item == item }) else { return }
            // No action can come of progress, but the first piece may bring the deadline nearer.
            _ = machine.handle(.progress(item), at: loop.now)
            arm()
            receiver?.received(frame, from: self)
        }
    }

    public func failed(_ failure: PluginFailure, from stream: Stream) {
        guard stream === self.stream, !isClosed else { return }
        failed(failure)
    }
}
