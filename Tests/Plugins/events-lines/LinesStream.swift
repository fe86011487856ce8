import Glibc
import JSONKit
import PluginKit
import ProviderKit
import Synchronization

/// Looks for new lines every few milliseconds; `next` is moved by renaming, so it is one number or the other.
final class LinesStream: PluginStream, Sendable {
    private struct State {
        var item: UInt64 = 0
        /// What `next` says once the batch is done with, and its lines; nil between batches.
        var batch: (next: String, lines: [Substring])?
    }

    private let folder: String
    private let most: Int
    private let host: Host
    private let gate: EmissionGate
    private let state = Mutex(State())

    init(_ folder: String, _ most: Int, _ host: Host, _ sink: Sink) {
        (self.folder, self.most, self.host, gate) = (folder, most, host, EmissionGate(sink))
        look()
    }

    private func look() {
        host.after(microseconds: 5000) { [weak self] in
            self?.offer()
            self?.look()
        }
    }

    private func offer() {
        let batch: (UInt64, [JSON])? = state.withLock { state in
            guard state.batch == nil else { return nil }
            let place = Self.read("\(folder)/next").split(separator: " ").compactMap { Int($0) }
            let (number, offset) = place.count == 2 ? (place[0], place[1]) : (0, 0)
            // A line that is being written has no end yet.
            let text = Self.read("\(folder)/events.jsonl", from: offset, atMost: most * 400)
            var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            lines.removeLast()
            let chosen = Array(lines.prefix(most))
            guard !chosen.isEmpty else { return nil }
            let bytes = chosen.reduce(0) { $0 + $1.utf8.count + 1 }
            state.item += 1
            state.batch = ("\(number + chosen.count) \(offset + bytes)", chosen)
            let records = chosen.enumerated().map { index, line -> JSON in
                guard case .object(var members)? = try? JSON(parsing: String(line)) else {
                    return ["line": .string(String(line))]
                }
                members["source"] = .string("events.jsonl/0/\(number + index)")
                return .object(members)
            }
            return (state.item, records)
        }
        guard let (item, records) = batch else { return }
        gate.emit { sink in
            sink.emit(json: ["records": .array(records)], item: item)
            sink.done(item: item)
        }
    }

    func push(_ frame: borrowing Frame) throws(PluginProblem) {
        switch frame.kind {
        case .json:
            let park = try frame.json()["park"]?.array ?? []
            let lines = state.withLock { $0.batch?.lines ?? [] }
            for entry in park {
                guard let index = entry["index"]?.int, lines.indices.contains(Int(index)) else { continue }
                let kept: JSON = ["line": .string(String(lines[Int(index)])), "error": entry["error"] ?? ""]
                Self.append(kept.description + "\n", to: "\(folder)/parked.jsonl")
            }
        case .done:
            state.withLock { state in
                guard let batch = state.batch, frame.item == state.item else { return }
                Self.append(batch.next, to: "\(folder)/next.new")
                rename("\(folder)/next.new", "\(folder)/next")
                state.batch = nil
            }
        default: break
        }
    }

    func cancel(item: UInt64) {}

    func close() { gate.close() }

    private static func read(_ path: String, from offset: Int = 0, atMost most: Int = 65536) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        fseek(file, offset, SEEK_SET)
        var text = [UInt8](repeating: 0, count: most)
        return String(decoding: text[0..<fread(&text, 1, most, file)], as: UTF8.self)
    }

    private static func append(_ text: String, to path: String) {
        guard let file = fopen(path, path.hasSuffix(".new") ? "w" : "a") else { return }
        fputs(text, file)
        fclose(file)
    }
}
