import Core
public import JSONKit
import PluginHost

/// Work of one kind through a route: one open stream, opened again on failure, at another plugin if need be.
///
/// Items are numbered by the caller, upwards from 1. What was pushed for an item is kept until its answer is complete and
/// pushed again to whoever takes over; audio is pushed again by the replay source. Confined to its loop. `close` must be
/// called; nothing is delivered afterwards.
public final class RouteSession {
    public let route: Route
    let table: RouteTable
    let interface: String
    let options: JSON
    let key: String
    let loop: any EventLoop
    // Unowned: a weak reference would make every retain of a call on the frame path a slow one. Whoever receives closes.
    unowned var receiver: (any RouteReceiver)?
    unowned var source: (any ReplaySource)?

    var machine: RouteMachine
    var stream: Stream?
    /// Opened beside the first, which is late.
    var second: Stream?
    /// The stream in use, for tests.
    var openStream: Stream? { stream }
    /// Who asks, for the breakers.
    let token: BreakerMachine.Token
    var kept: [KeptItem] = []
    var failure = PluginFailure(.unavailable, isRetryable: true, message: "nobody answered")
    var timer: (id: TimerID, at: Moment)?
    var isClosed = false
    /// The item whose audio is being pushed: a frame costs one comparison.
    var audioItem: UInt64 = 0

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
        token = table.breakers.token()
        machine = RouteMachine(steps: route.steps, hedges: route.kind.hedges, seed: token)
    }

    /// The plugin that answers now, or would be asked first.
    public var provider: String { route.steps[machine.step].plugin }
    /// Samples a second of the audio that the open stream takes and gives. Its owner converts.
    public internal(set) var sampleRate = 8000
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

    /// The item's input is complete: its deadlines run. `mayBeEmpty`: an answer without a piece is no failure.
    public func done(item: UInt64, mayBeEmpty: Bool = false) {
        guard !isClosed, let index = kept.firstIndex(where: { $0.item == item }), !kept[index].isComplete else {
            return
        }
        kept[index].isComplete = true
        kept[index].mayBeEmpty = mayBeEmpty
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
        if machine.wait(for: item, at: loop.now) != nil { table.breakers.gone(provider, token, at: loop.now) }
        stream?.cancel(item: item)
        perform(machine.handle(.cancelled(item), at: loop.now))
        releaseHeld()
    }

    public func cancelAll() { for item in kept.map(\.item) { cancel(item: item) } }

    /// Ends everything, at once.
    public func close() {
        if machine.waitingSince != nil { table.breakers.gone(provider, token, at: loop.now) }
        isClosed = true
        kept = []
        if let timer { loop.cancel(timer.id) }
        timer = nil
        closeStream()
        closeSecond()
        (receiver, source) = (nil, nil)
    }

    func push(_ piece: KeptItem.Piece, _ item: UInt64) {
        guard !isClosed else { return }
        guard let index = kept.firstIndex(where: { $0.item == item }) else {
            kept.append(KeptItem(item: item, pieces: [piece]))
            return begin(item)
        }
        kept[index].pieces.append(piece)
        guard !kept[index].isHeld, machine.isOpen, let stream else { return }
        send(piece, item, stream)
    }

    func send(_ piece: KeptItem.Piece, _ item: UInt64, _ stream: Stream) {
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
}
