import Glibc

/// A server that speaks Kafka's protocol: librdkafka's mock cluster as a program of its own. In memory: it forgets everything
/// when it ends.
public final class KafkaServer {
    public let brokers: String
    private let process: ServerProcess
    private let folder: String
    private let commands: Int32

    /// - Parameters:
    ///   - topics: made at once; others are made when they are first used.
    ///   - partitions: of each.
    /// - Throws: where it does not start within ten seconds.
    public init(topics: [String] = [], partitions: Int = 4) throws {
        folder = try ServerProcess.makeFolder()
        // SwiftPM puts programs beside each other.
        guard let own = realpath("/proc/self/exe", nil) else { throw ServiceFailure("no path of this program") }
        defer { free(own) }
        let program = String(cString: own).split(separator: "/").dropLast().joined(separator: "/")
        let pipe = "\(folder)/commands"
        mkfifo(pipe, 0o600)
        // Open for both, so that neither side waits for the other to open it.
        commands = open(pipe, O_RDWR | O_CLOEXEC)
        let line = "exec '/\(program)/kafka-mock' \(partitions) \(topics.joined(separator: " ")) < '\(pipe)'"
        process = try ServerProcess(["/bin/sh", "-c", line], folder: folder)
        let output = "\(folder)/out.log"
        var first = ""
        try ServerProcess.wait(seconds: 10, for: "kafka-mock") {
            first = Self.firstLine(output)
            return first.hasPrefix("127.0.0.1:")
        }
        brokers = first
    }

    deinit {
        close(commands)
        process.kill()
        Shell.run("rm -rf '\(folder)'")
    }

    private static func firstLine(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, 256, file) != nil else { return "" }
        let text = line.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return text.hasSuffix("\n") ? String(text.dropLast()) : ""
    }

    /// The broker refuses connections, and takes them again.
    public func goDown() { tell("down") }
    public func comeUp() { tell("up") }
    /// Every answer comes so much later.
    public func delay(milliseconds: Int) { tell("delay \(milliseconds)") }
    /// Whoever asks for the topic is told so (3: there is none; 29: you may not); 0: it is there again.
    public func answer(code: Int, for topic: String) { tell("topic \(code) \(topic)") }
    /// So many requests of a kind (0: records) are refused with a code.
    public func refuse(_ kind: Int, code: Int, times: Int) { tell("refuse \(kind) \(code) \(times)") }
    /// There is no such topic, and none is made.
    public func bar(_ topic: String) { tell("bar \(topic)") }
    public func pause() { process.pause() }
    public func resume() { process.resume() }

    private func tell(_ command: String) {
        let line = command + "\n"
        _ = write(commands, line, line.utf8.count)
    }
}
