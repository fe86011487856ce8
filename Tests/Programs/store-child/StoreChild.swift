import Core
import Glibc
import JSONKit
import Store

/// Appends events for ever and writes each acknowledged position to standard output: something to kill. With `call` behind the
/// folder and the address it calls leads instead.
@main struct StoreChild {
    static func main() async throws {
        let url = CommandLine.arguments.count > 2 ? CommandLine.arguments[2] : ""
        let engine: StoreEngine = url.isEmpty ? .sqlite : .postgres(url: url, password: { nil })
        let store = try Store(StateFolder(CommandLine.arguments[1]), engine: engine, host: "a")
        if CommandLine.arguments.count > 3, CommandLine.arguments[3] == "call" { try await Calling.run(store) }
        while true {
            let event = Event(.transcriptFinal, key: "call", data: ["text": "words"])
            for _ in 0..<20 { store.log.append(event.again) { Self.report($0) } }
            let position = try await store.log.append(event.again)
            Self.report(.success(position))
        }
    }

    static func report(_ result: Result<Int64, StoreError>) {
        guard case .success(var position) = result else { return }
        write(STDOUT_FILENO, &position, 8)
    }
}

extension Event {
    /// The same fact under a new identifier.
    var again: Event { Event(topic, key: key, data: data) }
}
