/// What became of a recording.
public struct RecordingSummary: Sendable, Equatable {
    public let path: String
    /// Stereo frames in the file.
    public let frames: Int
    public let sampleRate: Int
    /// Samples left out because they came too late, or the disk could not keep up.
    public let droppedSamples: Int
    /// Why the file ends early or is missing.
    public let failure: MediaError?

    public var duration: Duration { .microseconds(frames * 1_000_000 / sampleRate) }
}
