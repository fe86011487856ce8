import JSONKit

/// config.*
struct ConfigMethods: Sendable {
    let services: Services

    var methods: [Method] { [.quick("config.get", get)] }

    private func get(_ parameters: Parameters) throws(Failure) -> JSON {
        let path = parameters.optionalString("path") ?? ""
        var value = services.configuration
        var seen = ""
        for part in path.split(separator: ".").map(String.init) {
            guard let member = value[part] ?? Int(part).flatMap({ value[$0] }) else {
                let known = value.object?.keys.joined(separator: ", ") ?? "none"
                let place = seen.isEmpty ? "the configuration" : seen
                throw Failure(.notFound, "\(place) has no member \(part); it has: \(known)", field: "path")
            }
            value = member
            seen += seen.isEmpty ? part : ".\(part)"
        }
        return ["path": .string(path), "value": value]
    }
}
