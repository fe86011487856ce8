import JSONKit
import PluginAPI
import PluginKit

/// llm-shout: a model that repeats what it hears, loudly. Built like the plugins in Plugins/.
final class Shout: Plugin {
    static let manifest = Manifest(
        name: "llm-shout",
        kind: "llm",
        version: "1.0.0",
        schema: #"{"type": "object", "properties": {"mark": {"type": "string", "maxLength": 3}}}"#
    )

    private let mark: String

    init(host: Host, config: JSON) throws(PluginProblem) {
        mark = config["mark"]?.string ?? "!"
        host.log(.info, "ready to shout")
    }

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream { Voice(mark, sink) }

    final class Voice: PluginStream {
        private let mark: String
        private let sink: Sink

        init(_ mark: String, _ sink: Sink) { (self.mark, self.sink) = (mark, sink) }

        func push(_ frame: borrowing Frame) throws(PluginProblem) {
            guard frame.kind == .json else { return }
            let said = try frame.json()["messages"]?.array?.last?["content"]?.string ?? ""
            sink.emit(text: said.uppercased() + mark, item: frame.item)
            sink.done(item: frame.item)
        }

        func cancel(item: UInt64) {}
        func close() {}
    }
}

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(Shout.self) }
