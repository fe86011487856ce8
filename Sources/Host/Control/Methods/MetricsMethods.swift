import Core
import JSONKit

/// metrics.*
struct MetricsMethods: Sendable {
    var methods: [Method] { [.quick("metrics.get", get)] }

    private func get(_ parameters: Parameters) throws(Failure) -> JSON {
        let prefix = parameters.optionalString("prefix") ?? ""
        guard parameters.string("format") == "json" else {
            let page = Metrics.shared.render().split(separator: "\n").filter { Self.isAbout(prefix, $0) }
            return ["text": .string(page.map { $0 + "\n" }.joined())]
        }
        var items: [JSON] = []
        for (name, family) in Metrics.shared.snapshot().object ?? [:] where name.hasPrefix(prefix) {
            for case .object(let series) in family.array ?? [] {
                items.append(.object(JSONObject([("name", .string(name))] + series.map { ($0.key, $0.value) })))
            }
        }
        return ["items": .array(items)]
    }

    private static func isAbout(_ prefix: String, _ line: Substring) -> Bool {
        let name = line.hasPrefix("# ") ? line.split(separator: " ").dropFirst(2).first ?? "" : line
        return name.hasPrefix(prefix)
    }
}
