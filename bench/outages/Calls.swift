import Glibc
import JSONKit
import Staging
import Synchronization

/// 50 calls, played by bench/load in a process of its own.
final class Calls: Sendable {
    /// What it tells in the end; nil: not yet.
    private let line = Mutex<JSON?>(nil)

    /// They begin at once; `turns` are measured, from about six seconds after the last one was answered.
    init(_ plan: Plan, _ count: Int, turns: Int, port: Int, pid: Int32) {
        let command = """
            taskset -c \(plan.loadCores) '\(plan.load)' --cold --port \(port) --pid \(pid) --steps \(count) --turns \(turns) \
            --voice /telephony/telephony-twilio/voice --public http://bench.invalid --token \(Scene.token)
            """
        Thread.start { [self] in
            var text = ""
            if let pipe = popen(command, "r") {
                var buffer = [CChar](repeating: 0, count: 4096)
                while fgets(&buffer, 4096, pipe) != nil {
                    text = buffer.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
                }
                pclose(pipe)
            }
            line.withLock { $0 = (try? JSON(parsing: text)) ?? ["refused": .int(Int64(count))] }
        }
    }

    /// What was measured, when all have hung up.
    func figures() throws -> JSON {
        let deadline = Terminal.now + 300
        while Terminal.now < deadline {
            if let line = line.withLock({ $0 }) { return line }
            usleep(20_000)
        }
        throw BenchFailure("the calls do not end")
    }
}
