import Core
import IO
import JSONKit
import PluginHost
import Routes
import Store

/// route.*
struct RouteMethods: Sendable {
    let services: Services
    let worker: Worker

    var methods: [Method] {
        [.slow("route.list", list), .slow("route.set", set), .slow("route.test", test)]
    }

    private func list(_ parameters: Parameters) async throws(Failure) -> JSON {
        let kind = parameters.optionalString("kind")
        let stored: [Document]
        do { stored = try await services.store.documents.list(Services.routeDocuments) } catch { throw Failure(error) }
        let routes = services.routes.list().filter { kind == nil || $0.kind.rawValue == kind }
        return [
            "items": .array(
                routes.map { route in
                    Self.describe(route, revision: stored.first { $0.name == route.name }?.revision ?? 0)
                }
            )
        ]
    }

    private func set(_ parameters: Parameters) async throws(Failure) -> JSON {
        let given: JSON = [
            "name": parameters["name"] ?? "", "kind": parameters["kind"] ?? "", "steps": parameters["steps"] ?? [],
        ]
        let route: Route
        do { route = try Route(given) } catch { throw Failure(error) }
        try checkPlugins(of: route)
        let document: Document
        do throws(StoreError) {
            document = try await services.store.documents.put(
                Services.routeDocuments,
                route.name,
                route.json,
                ifRevision: parameters["if_revision"]?.int
            )
        } catch { throw Failure(error) }
        services.routes.set(route)
        return Self.describe(route, revision: document.revision)
    }

    /// Every step must name a loaded plugin of the route's kind.
    private func checkPlugins(of route: Route) throws(Failure) {
        let plugins = services.plugins.list()
        for (index, step) in route.steps.enumerated() {
            let field = "steps[\(index)].plugin"
            guard let plugin = plugins.first(where: { $0.name == step.plugin }) else {
                let known = plugins.filter { $0.kind == route.kind }.map(\.name).joined(separator: ", ")
                let message =
                    "\(field): no plugin is called \(step.plugin); of kind \(route.kind.rawValue) are: \(known)"
                throw Failure(.notFound, message, field: field)
            }
            guard plugin.kind == route.kind else {
                let message = "\(field): \(plugin.name) is of kind \(plugin.kind.rawValue), not \(route.kind.rawValue)"
                throw Failure(.invalidParameters, message, field: field)
            }
        }
    }

    private func test(_ parameters: Parameters) async throws(Failure) -> JSON {
        let name = parameters.string("name")
        guard let route = services.routes.get(name) else {
            throw Failure(.notFound, "no route is called \(name); `patchbay route list` shows them", field: "name")
        }
        let (table, loop) = (services.routes, worker.loop)
        let options = parameters["options"]
        let input = parameters["input"] ?? "Hello."
        let result: Result<JSON, Failure> = await withCheckedContinuation { continuation in
            loop.perform {
                Trial(of: route, on: loop) { continuation.resume(returning: $0) }.start(input, options, table)
            }
        }
        return try result.get()
    }

    private static func describe(_ route: Route, revision: Int64) -> JSON {
        guard case .object(var members) = route.json else { return .null }
        members["revision"] = .int(revision)
        return .object(members)
    }
}
