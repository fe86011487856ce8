public import Core
public import JSONKit
import PluginAPI

/// One open stream of one generation of a plugin. Confined to its loop.
///
/// What the plugin emits reaches the receiver on the loop, inline where the plugin emits there. Closing inside a
/// receiver's call is fine: the plugin is left before it is closed.
public final class Stream {
    public let plugin: String
    public let generation: Int
    private let instance: Instance
    private let table: UnsafePointer<pb_stream_table>
    private let port: StreamPort
    private let lane: WorkerLane?
    private var native: UnsafeMutableRawPointer?
    private var depth = 0
    private var isClosed = false

    /// How long a call may hold an audio loop.
    private static let patience: Int64 = 5000

    /// Opens a stream. A plugin that blocks is opened on a worker: its refusal arrives as `failed`. Items are numbered by
    /// whoever pushes, but for streams that bring something by themselves (`pluginNumbers`).
    public init(
        _ instance: Instance,
        interface: String,
        options: JSON,
        loop: any EventLoop,
        receiver: any StreamReceiver,
        pluginNumbers: Bool = false
    ) throws(PluginError) {
        guard let table = instance.table(for: interface) else {
            throw .wrongKind(name: instance.name, reason: "does not offer \(interface)")
        }
        self.instance = instance
        self.table = table
        (plugin, generation) = (instance.name, instance.generation)
        port = StreamPort(
            loop: loop,
            plugin: instance.name,
            violations: instance.violations,
            rehearsal: instance.rehearsal
        )
        if pluginNumbers { port.lastItem = .max }
        lane = instance.blocks ? WorkerLane(table: table, port: port, instance: instance) : nil
        port.attach(self, receiver)
        instance.register(port)
        if let lane {
            lane.open(options.description)
            return
        }
        var sink = Sink.make(port, deliversInline: true)
        var error = pb_error()
        var opened: UnsafeMutableRawPointer?
        var text = options.description
        let code = watch {
            text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { characters in
                    let options = pb_text(bytes: characters.baseAddress, length: UInt64(characters.count))
                    return table.pointee.open(instance.pointer, options, &sink, &opened, &error)
                }
            }
        }
        guard code == Int32(PB_OK), let opened else {
            port.close()
            port.leave()
            instance.unregister(port)
            isClosed = true
            throw .stream(code == Int32(PB_OK) ? Self.nothingOpened : PluginFailure(error))
        }
        native = opened
        closeIfLeft()
    }

    private static let nothingOpened = PluginFailure(.fault, isRetryable: false, message: "open gave no stream")

    // MARK: Pushing

    /// 20 ms and more of mono PCM at the rate of the options; `time` is its position in microseconds.
    @inline(__always)
    public func push(audio: Span<Int16>, item: UInt64, at time: UInt64) throws(PluginError) {
        let code = audio.withUnsafeBytes { bytes in
            push(
                pb_frame(
                    type: UInt32(PB_FRAME_AUDIO),
                    flags: 0,
                    item: item,
                    time_us: time,
                    data: bytes.baseAddress,
                    length: UInt64(bytes.count)
                )
            )
        }
        try check(code)
    }

    public func push(text: String, item: UInt64) throws(PluginError) {
        var text = text
        try check(text.withUTF8 { push(UInt32(PB_FRAME_TEXT), UnsafeRawBufferPointer($0), item) })
    }

    public func push(json: JSON, item: UInt64) throws(PluginError) {
        var bytes: [UInt8] = []
        json.write(into: &bytes)
        try check(bytes.withUnsafeBytes { push(UInt32(PB_FRAME_JSON), $0, item) })
    }

    @inline(__always)
    public func push(bytes: UnsafeRawBufferPointer, item: UInt64) throws(PluginError) {
        try check(push(UInt32(PB_FRAME_BYTES), bytes, item))
    }

    /// The input of an item is complete.
    public func done(item: UInt64) throws(PluginError) {
        try check(push(UInt32(PB_FRAME_DONE), .init(start: nil, count: 0), item))
    }

    /// Nothing more will be pushed.
    public func end() throws(PluginError) { try check(push(UInt32(PB_FRAME_END), .init(start: nil, count: 0), 0)) }

    @inline(__always)
    private func push(_ type: UInt32, _ bytes: UnsafeRawBufferPointer, _ item: UInt64) -> Int32 {
        push(
            pb_frame(type: type, flags: 0, item: item, time_us: 0, data: bytes.baseAddress, length: UInt64(bytes.count))
        )
    }

    private func push(_ frame: pb_frame) -> Int32 {
        guard !isClosed else { return Int32(PB_ERROR_CANCELLED) }
        if frame.item > port.lastItem { port.lastItem = frame.item }
        if let lane { return lane.push(frame) ? Int32(PB_OK) : PluginFailure.Code.overloaded.rawValue }
        guard let native else { return Int32(PB_ERROR_CANCELLED) }
        var frame = frame
        let code = watch { table.pointee.push(native, &frame) }
        closeIfLeft()
        return code
    }

    /// Calls into the plugin, and counts the call if it holds the loop. What the host does with frames that come inline
    /// is not the plugin's time.
    @inline(__always)
    private func watch<Result>(_ call: () -> Result) -> Result {
        let (start, hostTime) = (Moment.now(), port.hostTime)
        depth += 1
        let result = call()
        depth -= 1
        let taken = Moment.now().microseconds - start.microseconds - (port.hostTime - hostTime)
        if taken > Self.patience { reportSlowCall(taken) }
        return result
    }

    @inline(__always)
    private func check(_ code: Int32) throws(PluginError) {
        if code != Int32(PB_OK) { throw failure(code) }
    }

    private func failure(_ code: Int32) -> PluginError {
        let code = PluginFailure.Code(rawValue: code) ?? .fault
        let isRetryable = code == .overloaded || code == .unavailable || code == .timeout
        return .stream(
            PluginFailure(code, isRetryable: isRetryable, message: "\(plugin) did not take a frame (\(code))")
        )
    }

    private func reportSlowCall(_ microseconds: Int64) {
        instance.slowCalls.add()
        Log("plugins").warning(
            "a plugin held the audio loop; it should be quicker or declare PB_PLUGIN_BLOCKS",
            ["plugin": .string(plugin), "held_us": .int(microseconds)]
        )
    }

    // MARK: Ending

    /// Drops an item (0: all); no audio of it is delivered after this.
    public func cancel(item: UInt64) {
        guard !isClosed else { return }
        port.cancel(item)
        if let lane {
            lane.cancel(item)
        } else if let native {
            watch { table.pointee.cancel(native, item) }
            closeIfLeft()
        }
    }

    /// Ends the stream; nothing is delivered from now on. Harmless when it is closed already.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        port.close()
        if depth == 0 { closeNative() }
    }

    /// What was closed from inside a call into the plugin is closed once the last such call has returned.
    @inline(__always)
    private func closeIfLeft() {
        if isClosed, depth == 0 { closeNative() }
    }

    private func closeNative() {
        if let lane {
            lane.close()
        } else if let left = native {
            native = nil
            watch { table.pointee.close(left) }
            port.leave()
            instance.unregister(port)
        }
    }

    deinit {
        guard !isClosed else { return }
        port.close()
        closeNative()
    }
}
