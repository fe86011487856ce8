import Core
import IO
import JSONKit
import PluginHost
import Synchronization

/// The caller's voice: the synthesis plugin with another speaker than the agent's, in this process.
final class DemoVoice: Sendable {
    private let loop: PollLoop
    private let registry: Registry

    init(library: String, folder: String, voice: String) throws(DemoFailure) {
        do {
            loop = try PollLoop(name: "voice")
            loop.start()
            let services = HostServices(loop: loop, http: HTTPClient(loop: loop), secretsFolder: folder)
            registry = Registry(folder: "\(folder)/voice", host: services) { _ in }
            try registry.load(path: library, name: "voice", config: ["voice": .string(voice)])
        } catch { throw DemoFailure("the caller's voice: \(error)") }
    }

    deinit { loop.stop() }

    /// A text as 8 kHz audio.
    func say(_ text: String) async throws(DemoFailure) -> [Int16] {
        let (loop, registry) = (loop, registry)
        let result: Result<[Int16], PluginFailure> = await withCheckedContinuation { continuation in
            loop.perform {
                let listener = Listener { continuation.resume(returning: $0) }
                do {
                    let options: JSON = ["sample_rate": 8000, "language": "en-US"]
                    let stream = try Stream(
                        registry.lease("voice"),
                        interface: "patchbay.tts/1",
                        options: options,
                        loop: loop,
                        receiver: listener
                    )
                    listener.stream = stream
                    try stream.push(text: text, item: 1)
                    try stream.done(item: 1)
                } catch {
                    listener.finish(.failure(PluginFailure(.fault, isRetryable: false, message: "\(error)")))
                }
            }
        }
        do { return try result.get() } catch { throw DemoFailure("the caller's voice: \(error)") }
    }
}

/// Collects the audio of one item. Confined to the voice's loop; keeps its stream until the item is done.
private final class Listener: StreamReceiver {
    var stream: Stream?
    private var samples: [Int16] = []
    private var onEnd: ((Result<[Int16], PluginFailure>) -> Void)?

    init(_ onEnd: @escaping (Result<[Int16], PluginFailure>) -> Void) { self.onEnd = onEnd }

    func received(_ frame: borrowing Frame, from stream: Stream) {
        if frame.kind == .audio {
            frame.withAudio { span in for index in span.indices { samples.append(span[index]) } }
        } else if frame.kind == .done {
            finish(.success(samples))
        }
    }

    func failed(_ failure: PluginFailure, from stream: Stream) { finish(.failure(failure)) }

    func finish(_ result: Result<[Int16], PluginFailure>) {
        onEnd?(result)
        onEnd = nil
        stream?.close()
        stream = nil
    }
}
