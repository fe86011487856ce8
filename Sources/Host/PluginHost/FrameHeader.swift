import PluginAPI

/// A frame without its data, which belongs to somebody else.
struct FrameHeader: Sendable {
    let type: UInt32
    let flags: UInt32
    let item: UInt64
    let time: UInt64

    init(_ frame: pb_frame) { (type, flags, item, time) = (frame.type, frame.flags, frame.item, frame.time_us) }

    /// The frame with data, valid as long as that is.
    func frame(over data: UnsafeRawBufferPointer) -> pb_frame {
        pb_frame(
            type: type,
            flags: flags,
            item: item,
            time_us: time,
            data: data.baseAddress,
            length: UInt64(data.count)
        )
    }

    var isAudio: Bool { type == UInt32(PB_FRAME_AUDIO) }
    var isBytes: Bool { type == UInt32(PB_FRAME_BYTES) }
}
