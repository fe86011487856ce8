import CSpeexDSP
import Core
import Glibc
import JSONKit
import Media

/// How well detectors find speech: real sentences of several voices in rooms of several kinds, each with a second of the
/// room before it and two behind it. A JSON line for each detector and room.
///
/// `misses`: nothing was found in the utterance. `false_starts`: speech was found before it began. `never_ended`: its end
/// was not found within two seconds. `late_ms`: the median from the first sound to the decision.
@main
enum VoiceBench {
    static func main() async {
        do {
            guard CommandLine.arguments.count == 2 else { throw BenchFailure("usage: bench-voice-activity LIBRARIES") }
            let studio = try await Studio(libraries: CommandLine.arguments[1])
            for room in Room.all {
                for detector in Detector.allCases { measure(detector, room, studio.utterances, babble: studio.babble) }
            }
        } catch {
            let text = Array("bench: \(error)\n".utf8)
            _ = write(STDERR_FILENO, text, text.count)
            exit(1)
        }
    }

    private static func measure(_ detector: Detector, _ room: Room, _ utterances: [[Int16]], babble: [Int16]) {
        var (misses, falseStarts, neverEnded) = (0, 0, 0)
        var delays: [Double] = []
        var (frames, spent) = (0, 0.0)
        for (index, speech) in utterances.enumerated() {
            let scene = room.scene(speech, babble: babble, seed: UInt64(index + 1))
            let ear = detector.ear()
            var endpointer = Endpointer(.init(minSpeech: 80, silence: 500))
            var (confirmed, ended): (Int?, Int?) = (nil, nil)
            var hasFalseStart = false
            let began = Moment.now()
            for position in stride(from: 0, to: scene.audio.count - 159, by: 160) {
                let frame = scene.audio.span.extracting(position..<position + 160)
                for event in endpointer.hear(ear.isSpeech(frame), at: position / 8) {
                    switch event {
                    case .speechConfirmed:
                        if position < scene.start { hasFalseStart = true } else { confirmed = confirmed ?? position }
                    case .speechEnded: if position >= scene.end { ended = ended ?? position }
                    default: break
                    }
                }
            }
            spent += Moment.now().milliseconds(since: began)
            frames += scene.audio.count / 160
            if hasFalseStart { falseStarts += 1 }
            // What began too early and goes on is no miss, but it must end.
            if let confirmed {
                delays.append(Double(confirmed - scene.start) / 8)
            } else if !hasFalseStart {
                misses += 1
            }
            if ended == nil, confirmed != nil || hasFalseStart { neverEnded += 1 }
        }
        let line: JSON = [
            "bench": "voice_activity", "detector": .string(detector.rawValue), "noise": .string(room.noise.rawValue),
            "snr_db": .int(Int64(room.decibels)), "utterances": .int(Int64(utterances.count)),
            "misses": .int(Int64(misses)), "false_starts": .int(Int64(falseStarts)),
            "never_ended": .int(Int64(neverEnded)),
            "late_ms": .double(delays.isEmpty ? 0 : delays.sorted()[delays.count / 2]),
            "us_per_frame": .double((spent * 1000 / Double(max(1, frames)) * 100).rounded() / 100),
        ]
        print(line.description)
    }
}

/// Why nothing could be measured.
struct BenchFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
