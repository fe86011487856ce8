import Calls
import Core
import IO
import JSONKit
import PluginHost

/// One media connection of a carrier: the socket on one side, the call on the other, the telephony plugin between them.
/// Confined to its loop; a frame passes through without allocation.
final class MediaSocket: WebSocketHandler, StreamReceiver, Line {
    /// The call that was announced for this socket.
    private(set) var announced: CallDetails?
    let transfers: Transfers
    /// The carrier has a message for keys: no tones are needed.
    private let pressesKeys: Bool
    private let services: GatewayServices
    private let loop: any EventLoop
    private var stream: Stream?
    private var socket: WebSocket?
    private var call: LiveCall?
    private var deadline: TimerID?
    private var isOver = false
    /// Positions of audio beyond a year are nonsense, and arithmetic with them could trap.
    private static let latest: UInt64 = 366 * 24 * 3600 * 1_000_000

    private static let framesIn = Metrics.shared.counter(
        "patchbay_media_frames_total",
        help: "Media frames.",
        labels: [("direction", "inbound")]
    )
    private static let framesOut = Metrics.shared.counter(
        "patchbay_media_frames_total",
        help: "Media frames.",
        labels: [("direction", "outbound")]
    )
    private static let dropped = Metrics.shared.counter(
        "patchbay_media_frames_dropped_total",
        help: "Frames that the carrier's socket did not take.",
        labels: [("direction", "outbound")]
    )
    private static let skipped = Metrics.shared.counter(
        "patchbay_media_messages_skipped_total",
        help: "Senseless messages of carriers."
    )

    /// Opens the plugin's stream, which checks the signature.
    init(
        _ instance: Instance,
        services: GatewayServices,
        transfers: Transfers,
        options: JSONObject,
        loop: any EventLoop
    ) throws(PluginError) {
        (self.services, self.transfers, self.loop) = (services, transfers, loop)
        pressesKeys = (try? services.registry.schema(instance.name))?["x-digits"]?.bool ?? false
        stream = try Stream(
            instance,
            interface: "patchbay.telephony.media/1",
            options: .object(options),
            loop: loop,
            receiver: self
        )
    }

    /// The socket is about to open for a call. It has 10 s to do so and to say that the media starts; from here on, so
    /// that a connection which dies in its handshake leaves nothing behind.
    func expect(_ announced: CallDetails) {
        self.announced = announced
        deadline = loop.schedule(after: .seconds(10)) {
            self.end(code: 1008, reason: "no start message within 10 s")
        }
    }

    /// The upgrade does not happen.
    func abandon() {
        stream?.close()
        stream = nil
    }

    // MARK: The socket

    func opened(_ socket: WebSocket) {
        self.socket = socket
        if isOver { socket.close(code: 1008, reason: "no start message within 10 s") }
    }

    func received(_ message: UnsafeRawBufferPointer, isText: Bool) {
        guard let stream, !isOver else { return }
        Self.framesIn.add()
        do throws(PluginError) {
            // The carrier sends text only; a binary message is pushed as what it is not, and counted by the plugin.
            try stream.push(bytes: isText ? message : UnsafeRawBufferPointer(start: nil, count: 0), item: 0)
        } catch {
            end(code: 1011, reason: "the telephony plugin failed: \(error)")
        }
    }

    func closed(code: Int, reason: String) {
        socket = nil
        finish(reason: code == 1006 ? "the carrier's socket vanished" : "the carrier closed its socket")
    }

    // MARK: The plugin

    func received(_ frame: borrowing Frame, from stream: Stream) {
        switch frame.kind {
        case .audio:
            let position = Int64(clamping: min(frame.timeMicroseconds, Self.latest))
            frame.withAudio { call?.hear($0, at: position) }
        case .bytes:
            let isTaken = frame.withBytes { socket?.send($0) ?? false }
            if !isTaken { Self.dropped.add() }
        case .json:
            if let json = try? frame.json() { understand(json) }
        case .end: end(code: 1000, reason: "the carrier said stop")
        default: break
        }
    }

    func failed(_ failure: PluginFailure, from stream: Stream) {
        // What the carrier sent is its own doing, everything else is ours.
        let code = failure.code == .malformed ? 1008 : 1011
        Log("gateway").warning(
            "a media socket is closed",
            ["plugin": .string(stream.plugin), "reason": .string(failure.description)]
        )
        end(code: code, reason: failure.description)
    }

    private func understand(_ json: JSON) {
        switch json["event"]?.string {
        case "started": start(json)
        case "mark": call?.marked(json["name"]?.string ?? "")
        case "dtmf": if let digit = json["digit"]?.string?.first { call?.digit(digit) }
        case "stopped": end(code: 1000, reason: "the caller hung up")
        case "skipped": Self.skipped.add()
        default: break
        }
    }

    private func start(_ json: JSON) {
        if let deadline { loop.cancel(deadline) }
        deadline = nil
        guard call == nil, let announced else { return }
        guard let shard = services.calls.current else {
            return end(code: 1011, reason: "no calls live on this loop")
        }
        let carrierCallID = json["carrier_call_id"]?.string ?? ""
        guard carrierCallID == announced.carrierCallID || announced.carrierCallID.isEmpty else {
            return end(code: 1008, reason: "this socket belongs to another call")
        }
        do throws(CallFailure) {
            call = try shard.answer(announced, line: self)
        } catch {
            Log("gateway").warning("a call could not be answered", ["reason": .string("\(error)")])
            // 1013 would say it best, but some clients take it for a violation of the protocol.
            end(code: 1008, reason: "busy")
        }
    }

    // MARK: The call's line

    func play(_ samples: Span<Int16>) {
        guard let stream, !isOver else { return }
        Self.framesOut.add()
        do throws(PluginError) { try stream.push(audio: samples, item: 0, at: 0) } catch { Self.dropped.add() }
    }

    func mark(_ name: String) { tell(["op": "mark", "name": .string(name)]) }

    func clear() { tell(["op": "clear"]) }

    func sendDigits(_ digits: String) -> Bool {
        if pressesKeys { tell(["op": "digits", "digits": .string(digits)]) }
        return pressesKeys
    }

    func close(reason: String) { end(code: 1000, reason: reason) }

    private func tell(_ command: JSON) {
        guard let stream, !isOver else { return }
        do throws(PluginError) { try stream.push(json: command, item: 0) } catch {
            end(code: 1011, reason: "the telephony plugin failed")
        }
    }

    // MARK: The end

    private func end(code: Int, reason: String) {
        socket?.close(code: code, reason: reason)
        finish(reason: reason)
    }

    private func finish(reason: String) {
        guard !isOver else { return }
        isOver = true
        if let deadline { loop.cancel(deadline) }
        let call = call
        self.call = nil
        call?.lineClosed(reason: reason)
        stream?.close()
        stream = nil
    }
}
