import Core
import Glibc
import IO
import JSONKit
import PluginHost

/// Loads built plugins the way the host does, and collects what their streams emit.
final class PluginBench {
    let loop: PollLoop
    let registry: Registry
    let folder: String

    /// Where SwiftPM put the libraries: beside the test runner.
    static let libraries: String = {
        let path = CommandLine.arguments[0]
        return String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
    }()

    init() throws {
        loop = try PollLoop(name: "test")
        loop.start()
        var template = Array("/tmp/patchbay-test-XXXXXX".utf8CString)
        folder = String(cString: mkdtemp(&template))
        let services = HostServices(loop: loop, http: HTTPClient(loop: loop), secretsFolder: folder)
        registry = Registry(folder: folder + "/generations", host: services) { _ in }
    }

    deinit {
        loop.stop()
        _ = system("rm -rf '\(folder)'")
    }

    /// Loads `lib<name>.so`.
    @discardableResult
    func load(_ name: String, config: JSON = [:]) throws(PluginError) -> PluginInfo {
        try registry.load(path: "\(Self.libraries)/lib\(name).so", config: config)
    }

    /// Writes a secret as the operator would.
    func secret(_ name: String, _ value: String) {
        let file = fopen("\(folder)/\(name)", "w")
        fputs(value, file)
        fclose(file)
        chmod("\(folder)/\(name)", 0o600)
    }

    /// Opens a stream, lets `feed` push into it, and waits until `isComplete` says that enough has come (`seconds` at most).
    func run(
        _ plugin: String,
        _ interface: String,
        options: JSON = [:],
        seconds: Int = 30,
        until isComplete: @escaping @Sendable ([Emitted]) -> Bool = { $0.contains { $0.isLast } },
        feed: @escaping @Sendable (Stream) throws -> Void
    ) throws -> [Emitted] {
        let instance = try registry.lease(plugin)
        let collector = Collector(isComplete)
        let loop = loop
        loop.perform {
            do {
                let stream = try Stream(
                    instance,
                    interface: interface,
                    options: options,
                    loop: loop,
                    receiver: collector
                )
                collector.stream = stream
                try feed(stream)
            } catch {
                collector.failed(error as? PluginError)
            }
        }
        let emitted = collector.wait(seconds: seconds)
        loop.perform {
            collector.stream?.close()
            collector.stream = nil
        }
        return emitted
    }
}

/// One thing that a stream emitted.
enum Emitted: Equatable, Sendable {
    case text(String, item: UInt64, isFinal: Bool)
    case json(JSON, item: UInt64)
    case audio([Int16], item: UInt64)
    case vector([Float], item: UInt64)
    case bytes(String)
    case done(UInt64)
    case end
    case failed(PluginFailure)

    var isLast: Bool {
        switch self {
        case .end, .failed: true
        default: false
        }
    }
}

/// Unchecked: filled on the loop, read by the test after the semaphore says so.
final class Collector: StreamReceiver, @unchecked Sendable {
    var stream: Stream?
    private var emitted: [Emitted] = []
    private let isComplete: @Sendable ([Emitted]) -> Bool
    private var isSignalled = false
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init(_ isComplete: @escaping @Sendable ([Emitted]) -> Bool) {
        self.isComplete = isComplete
        sem_init(semaphore, 0, 0)
    }

    func received(_ frame: borrowing Frame, from stream: Stream) {
        let item = frame.item
        switch frame.kind {
        case .text: add(.text(frame.text, item: item, isFinal: frame.isFinal))
        case .json: add(.json((try? frame.json()) ?? .null, item: item))
        case .audio:
            var samples: [Int16] = []
            frame.withAudio { span in for index in span.indices { samples.append(span[index]) } }
            add(.audio(samples, item: item))
        case .vector: add(.vector(frame.vector, item: item))
        case .bytes: add(.bytes(frame.withBytes { String(decoding: $0, as: UTF8.self) }))
        case .done: add(.done(item))
        case .end: add(.end)
        case nil: break
        }
    }

    func failed(_ failure: PluginFailure, from stream: Stream) { add(.failed(failure)) }

    func failed(_ error: PluginError?) {
        if case .stream(let failure)? = error {
            add(.failed(failure))
        } else {
            add(.failed(PluginFailure(.fault, isRetryable: false, message: error?.description ?? "unknown")))
        }
    }

    private func add(_ one: Emitted) {
        emitted.append(one)
        if !isSignalled, isComplete(emitted) || one.isLast {
            isSignalled = true
            sem_post(semaphore)
        }
    }

    func wait(seconds: Int) -> [Emitted] {
        var deadline = timespec()
        clock_gettime(CLOCK_REALTIME, &deadline)
        deadline.tv_sec += seconds
        while sem_timedwait(semaphore, &deadline) == -1, errno == EINTR {}
        return emitted
    }
}
