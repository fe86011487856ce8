import Core
import Glibc
import JSONKit
import PluginAPI

/// A stream under examination, driven through its C table as the host does.
final class CheckStream {
    let recorder: CheckRecorder
    private let table: UnsafePointer<pb_stream_table>
    private let native: UnsafeMutableRawPointer
    /// The longest call into the plugin, and which it was.
    private(set) var longest: (microseconds: Int64, call: String) = (0, "")
    private(set) var durations: [Int64] = []

    /// What `open` answered instead of a stream.
    struct Refusal: Error {
        let failure: PluginFailure
    }

    init(
        _ table: UnsafePointer<pb_stream_table>,
        _ plugin: UnsafeMutableRawPointer?,
        _ script: CheckScript,
        _ recorder: CheckRecorder
    ) throws(Refusal) {
        (self.table, self.recorder) = (table, recorder)
        var sink = recorder.sink
        var error = pb_error()
        var opened: UnsafeMutableRawPointer?
        let start = Moment.now()
        let code = script.options.description.lend { table.pointee.open(plugin, $0, &sink, &opened, &error) }
        let took = Moment.now().microseconds - start.microseconds
        guard code == Int32(PB_OK), let opened else {
            if code == Int32(PB_OK) {
                throw Refusal(failure: PluginFailure(.fault, isRetryable: false, message: "open gave no stream"))
            }
            throw Refusal(failure: PluginFailure(error))
        }
        native = opened
        note(took, "open")
    }

    /// Pushes an item's whole input; false once the plugin takes no more.
    @discardableResult
    func push(_ pieces: [CheckScript.Piece], item: UInt64) -> Bool {
        recorder.pushed(item)
        for piece in pieces {
            let code =
                switch piece {
                case .audio(let samples): samples.withUnsafeBytes { push(Int(PB_FRAME_AUDIO), $0, item) }
                case .text(let text): Array(text.utf8).withUnsafeBytes { push(Int(PB_FRAME_TEXT), $0, item) }
                case .json(let json):
                    Array(json.description.utf8).withUnsafeBytes { push(Int(PB_FRAME_JSON), $0, item) }
                case .bytes(let bytes): bytes.withUnsafeBytes { push(Int(PB_FRAME_BYTES), $0, item) }
                case .done: push(Int(PB_FRAME_DONE), .init(start: nil, count: 0), item)
                case .end: push(Int(PB_FRAME_END), .init(start: nil, count: 0), 0)
                }
            if code != Int32(PB_OK) { return false }
        }
        return true
    }

    func push(_ type: Int, _ bytes: UnsafeRawBufferPointer, _ item: UInt64) -> Int32 {
        var frame = pb_frame(
            type: UInt32(truncatingIfNeeded: type),
            flags: 0,
            item: item,
            time_us: 0,
            data: bytes.baseAddress,
            length: UInt64(bytes.count)
        )
        return timed("push") { table.pointee.push(native, &frame) }
    }

    func cancel(_ item: UInt64) {
        timed("cancel") { table.pointee.cancel(native, item) }
        recorder.cancelled(item)
    }

    func close() {
        timed("close") { table.pointee.close(native) }
        recorder.closed()
    }

    /// Waits for something to have come; false after `seconds`.
    func wait(_ seconds: Double, _ condition: (CheckRecorder.State) -> Bool) -> Bool {
        let deadline = Moment.now() + .milliseconds(Int64(seconds * 1000))
        while true {
            let state = recorder.now
            if condition(state) { return true }
            guard Moment.now() < deadline else { return false }
            usleep(2000)
        }
    }

    @discardableResult
    private func timed<Result>(_ call: String, _ body: () -> Result) -> Result {
        let start = Moment.now()
        defer { note(Moment.now().microseconds - start.microseconds, call) }
        return body()
    }

    private func note(_ microseconds: Int64, _ call: String) {
        durations.append(microseconds)
        if microseconds > longest.microseconds { longest = (microseconds, call) }
    }
}

extension String {
    /// The text as C takes it, for the length of the call.
    func lend<Result>(_ body: (pb_text) -> Result) -> Result {
        var text = self
        return text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { body(pb_text(bytes: $0.baseAddress, length: UInt64($0.count))) }
        }
    }
}
