import CSpeexDSP
import Media

/// The libraries at hand that tell speech from the room.
enum Detector: String, CaseIterable {
    /// Our own: power over the room's.
    case energy
    /// speexdsp's, of its preprocessor.
    case speexdsp

    func ear() -> any Ear {
        switch self {
        case .energy: EnergyEar()
        case .speexdsp: SpeexEar()
        }
    }
}

/// One utterance's detector.
protocol Ear: AnyObject {
    func isSpeech(_ frame: Span<Int16>) -> Bool
}

private final class EnergyEar: Ear {
    private var activity = VoiceActivity()

    func isSpeech(_ frame: Span<Int16>) -> Bool { activity.isSpeech(frame) }
}

private final class SpeexEar: Ear {
    private let state: OpaquePointer?

    init() {
        state = speex_preprocess_state_init(160, 8000)
        var (on, off): (Int32, Int32) = (1, 0)
        speex_preprocess_ctl(state, SPEEX_PREPROCESS_SET_VAD, &on)
        speex_preprocess_ctl(state, SPEEX_PREPROCESS_SET_DENOISE, &off)
    }

    deinit { speex_preprocess_state_destroy(state) }

    func isSpeech(_ frame: Span<Int16>) -> Bool {
        var copy = (0..<frame.count).map { frame[$0] }
        return speex_preprocess_run(state, &copy) != 0
    }
}
