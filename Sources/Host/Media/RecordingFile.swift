import Core
import Synchronization

/// A recording as the recorder's thread sees it: the window it takes from and the file it writes to. Only on that thread.
final class RecordingFile {
    private let buffer: RecordingBuffer
    private var writer: WAVWriter?
    private var failure: MediaError?
    private var frames = 0

    init(_ buffer: RecordingBuffer) {
        self.buffer = buffer
        do throws(MediaError) {
            writer = try WAVWriter(path: buffer.path, channels: 2, sampleRate: buffer.sampleRate)
        } catch {
            failure = error
        }
    }

    /// Writes what is complete; true once the recording has ended and everything is in the file. `final`: take it as ended.
    func drain(final: Bool, _ dropped: Counter) -> Bool {
        let ended = buffer.isEnded || final
        // After a failure the window is still emptied: the loop must not notice.
        buffer.take { samples in
            guard failure == nil else { return }
            do throws(MediaError) {
                try writer?.append(interleaved: samples)
                frames += samples.count / 2
            } catch {
                failure = error
            }
        }
        if ended {
            dropped.add(UInt64(buffer.dropped))
            close()
        }
        return ended
    }

    private func close() {
        do throws(MediaError) {
            try writer?.finish()
        } catch {
            failure = failure ?? error
        }
        let summary = RecordingSummary(
            path: buffer.path,
            frames: frames,
            sampleRate: buffer.sampleRate,
            droppedSamples: buffer.dropped,
            failure: failure
        )
        buffer.completion.withLock { $0.take() }?(summary)
    }
}
