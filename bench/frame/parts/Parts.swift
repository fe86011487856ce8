import Core
import Glibc
import IO
import JSONKit
import Media
import PluginHost
import SoundKit

/// Times what happens to one 20 ms frame, part by part, with the plugins' libraries as they are built. One JSON line each.
@main struct Parts {
    private static let rounds = 50_000
    private let counter: AllocationCounter
    private let loop = ManualLoop()
    private let registry: Registry

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4 else {
            print("usage: bench-frame LIBRARIES FOLDER COUNTER")
            exit(2)
        }
        let parts = try Parts(folder: arguments[2], counter: AllocationCounter(path: arguments[3]))
        parts.media()
        try parts.plugins(arguments[1])
    }

    private init(folder: String, counter: AllocationCounter) throws {
        self.counter = counter
        let service = try PollLoop(name: "service")
        let host = HostServices(loop: service, http: HTTPClient(loop: service), secretsFolder: folder)
        registry = Registry(folder: folder, host: host) { _ in }
    }

    /// Runs `body` often, and prints what one run costs.
    private func measure(_ part: String, _ body: (Int) -> Void) {
        for round in 0..<1000 { body(round) }
        let (allocations, start) = (counter.value, Moment.now())
        for round in 0..<Self.rounds { body(round) }
        let elapsed = Double(Moment.now().microseconds - start.microseconds) / Double(Self.rounds)
        let made = Double(counter.value - allocations) / Double(Self.rounds)
        func rounded(_ value: Double) -> JSON { .double((value * 1000).rounded() / 1000) }
        print(["bench": "frame", "part": .string(part), "us": rounded(elapsed), "allocations": rounded(made)] as JSON)
        fflush(nil)
    }

    // MARK: The media plane

    private func media() {
        let codes = (0..<160).map { UInt8(truncatingIfNeeded: 37 * $0) }
        let samples = (0..<160).map { Int16(truncatingIfNeeded: 97 * $0) }
        var decoded = [Int16](repeating: 0, count: 160)
        var encoded = [UInt8](repeating: 0, count: 160)
        measure("mu-law, decode") { _ in
            var into = decoded.mutableSpan
            G711.decode(codes.span, into: &into)
        }
        measure("mu-law, encode") { _ in
            var into = encoded.mutableSpan
            G711.encode(samples.span, into: &into)
        }
        var ring = PCMRing(capacity: 16_000)
        measure("ring, append") { _ in ring.append(samples.span) }
        var activity = VoiceActivity()
        var endpointer = Endpointer()
        measure("voice activity and endpointing") { round in
            _ = endpointer.hear(activity.isSpeech(decoded.span), at: round * 160)
        }
    }

    // MARK: Plugins, through the ABI

    private func open(_ library: String, _ interface: String, options: JSON, config: JSON = [:]) throws -> (Stream, Ear)
    {
        let info = try registry.load(path: library, config: config)
        let ear = Ear()
        let stream = try Stream(
            registry.lease(info.name),
            interface: interface,
            options: options,
            loop: loop,
            receiver: ear
        )
        return (stream, ear)
    }

    private func plugins(_ folder: String) throws {
        let samples = (0..<160).map { Int16(truncatingIfNeeded: 97 * $0) }
        let (carrier, _) = try open(
            "\(folder)/libtelephony-twilio.so",
            "patchbay.telephony.media/1",
            options: ["url": "wss://bench.invalid/media", "headers": [:]],
            config: ["verify_signatures": false]
        )
        push(
            #"{"event":"start","sequenceNumber":"1","start":{"streamSid":"MZ1","accountSid":"AC1","callSid":"CA1","#
                + #""tracks":["inbound"],"customParameters":{},"mediaFormat":{"encoding":"audio/x-mulaw","#
                + #""sampleRate":8000,"channels":1}},"streamSid":"MZ1"}"#,
            to: carrier
        )
        let payload = String(repeating: "/v7+", count: 53) + "/w=="
        var message = Array(
            (#"{"event":"media","sequenceNumber":"1000000","media":{"track":"inbound","chunk":"1000000","#
                + #""timestamp":"20","payload":"\#(payload)"},"streamSid":"MZ1"}"#).utf8
        )
        // The two numbers count on, in place, as the carrier's do.
        let ends = message.indices.filter { message[..<$0].suffix(8).elementsEqual("\"1000000".utf8) }
        measure("telephony, message to audio") { _ in
            for end in ends { Self.increment(&message, before: end) }
            message.withUnsafeBytes { bytes in
                do { try carrier.push(bytes: bytes, item: 0) } catch { fatalError("\(error)") }
            }
        }
        measure("telephony, audio to message") { round in
            do { try carrier.push(audio: samples.span, item: 0, at: UInt64(round) * 20_000) } catch {
                fatalError("\(error)")
            }
        }
        let (recogniser, _) = try open(
            "\(folder)/libstub-asr.so",
            "patchbay.asr/1",
            options: ["sample_rate": 8000, "language": "en-US"]
        )
        let (echo, _) = try open("\(folder)/libstub-echo.so", "patchbay.tts/1", options: [:])
        measure("a frame into a plugin and out again") { round in
            do { try echo.push(audio: samples.span, item: 1, at: UInt64(round) * 20_000) } catch {
                fatalError("\(error)")
            }
        }
        measure("recognition, push") { round in
            do { try recogniser.push(audio: samples.span, item: 1, at: UInt64(round) * 20_000) } catch {
                fatalError("\(error)")
            }
        }
    }

    /// Adds one to a decimal number.
    private static func increment(_ text: inout [UInt8], before end: Int) {
        var index = end - 1
        while text[index] == UInt8(ascii: "9") {
            text[index] = UInt8(ascii: "0")
            index -= 1
        }
        text[index] += 1
    }

    private func push(_ text: String, to stream: Stream) {
        Array(text.utf8).withUnsafeBytes { bytes in
            do { try stream.push(bytes: bytes, item: 0) } catch { fatalError("\(error)") }
        }
    }
}
