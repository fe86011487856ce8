import Core
import JSONKit
import PluginHost
import Routes

/// plugin.*
struct PluginMethods: Sendable {
    let services: Services
    let worker: Worker
    /// Checks take long and must not hold up an exchange.
    let checker: Worker

    var methods: [Method] {
        [
            .quick("plugin.list", list), .quick("plugin.describe", describe), .slow("plugin.check", check),
            .slow("plugin.load", load),
            .slow("plugin.swap", swap), .slow("plugin.unload", unload),
            .quick("plugin.fail", fail),
        ]
    }

    private func list(_ parameters: Parameters) throws(Failure) -> JSON {
        let kind = parameters.optionalString("kind")
        let plugins = services.plugins.list().filter { kind == nil || $0.kind.rawValue == kind }
        return ["items": .array(plugins.map { .object($0.members) })]
    }

    private func describe(_ parameters: Parameters) throws(Failure) -> JSON {
        do throws(PluginError) {
            let info = try services.plugins.info(parameters.string("name"))
            var members = info.members
            members["config"] = info.config
            members["config_schema"] = try services.plugins.schema(info.name)
            return .object(members)
        } catch { throw Failure(error) }
    }

    private func check(_ parameters: Parameters) async throws(Failure) -> JSON {
        try await report(Self.absolute(parameters.string("path")), parameters.json("config")).json
    }

    private func report(_ path: String, _ config: JSON) async throws(Failure) -> CheckReport {
        let check = services.check
        return try await checker.run { () throws(Failure) in
            do throws(PluginError) { return try check.run(path, config: config, within: Self.checkLimit) } catch {
                throw Failure(error)
            }
        }
    }

    /// A library that has not come to its end by then is killed: before the method's own deadline.
    private static let checkLimit: Duration = .seconds(60)

    /// What `plugin.swap` is about to take, checked first.
    private func checkBeforeSwap(_ name: String, _ path: String?, _ config: JSON?) async throws(Failure) {
        let info: PluginInfo
        do throws(PluginError) { info = try services.plugins.info(name) } catch { throw Failure(error) }
        let report = try await report(path ?? info.path, config ?? info.config)
        guard let bad = report.entries.first(where: { $0.outcome == .failed || $0.outcome == .crashed }) else { return }
        throw Failure(.pluginFailedCheck, "\(bad.name): \(bad.message); nothing was exchanged")
    }

    private func load(_ parameters: Parameters) async throws(Failure) -> JSON {
        let path = try Self.absolute(parameters.string("path"))
        let plugins = services.plugins
        return try await worker.run { () throws(Failure) in
            do throws(PluginError) {
                let name = parameters.optionalString("name")
                return .object(try plugins.load(path: path, name: name, config: parameters.json("config")).members)
            } catch { throw Failure(error) }
        }
    }

    private func swap(_ parameters: Parameters) async throws(Failure) -> JSON {
        let name = parameters.string("name")
        var path: String?
        if let given = parameters.optionalString("path") { path = try Self.absolute(given) }
        if parameters.bool("check") { try await checkBeforeSwap(name, path, parameters["config"]) }
        let (plugins, target) = (services.plugins, path)
        return try await worker.run { () throws(Failure) in
            do throws(PluginError) {
                let info = try plugins.swap(
                    name,
                    path: target,
                    config: parameters["config"],
                    generation: parameters["generation"]?.int.map { Int($0) },
                    drain: parameters.duration("drain_s")
                )
                return [
                    "name": .string(info.name), "generation": .int(Int64(info.generation)),
                    "previous": .int(Int64(info.previous)), "draining": .int(Int64(info.draining)),
                ]
            } catch { throw Failure(error) }
        }
    }

    private func unload(_ parameters: Parameters) async throws(Failure) -> JSON {
        let name = parameters.string("name")
        let users = services.routes.list().filter { $0.steps.contains { $0.plugin == name } }.map(\.name)
        guard users.isEmpty else {
            let list = users.joined(separator: ", ")
            throw Failure(.pluginInUse, "\(name) is named by the routes \(list); change them first (route.set)")
        }
        let plugins = services.plugins
        return try await worker.run { () throws(Failure) in
            do throws(PluginError) {
                try plugins.unload(name, drain: parameters.duration("drain_s"))
                return ["name": .string(name)]
            } catch { throw Failure(error) }
        }
    }

    private func fail(_ parameters: Parameters) throws(Failure) -> JSON {
        let (name, frames) = (parameters.string("name"), parameters.int("after_frames"))
        do throws(PluginError) { try services.plugins.fail(name, afterFrames: frames) } catch { throw Failure(error) }
        return ["name": .string(name), "after_frames": .int(Int64(frames))]
    }

    /// The host's working directory is nobody's business: relative paths are refused.
    private static func absolute(_ path: String) throws(Failure) -> String {
        guard path.hasPrefix("/") else {
            throw Failure(.invalidParameters, "path: must be absolute, is \(path)", field: "path")
        }
        return path
    }
}

extension PluginInfo {
    /// What `plugin.list` shows.
    fileprivate var members: JSONObject {
        [
            "name": .string(name), "kind": .string(kind.rawValue), "version": .string(version),
            "generation": .int(Int64(generation)), "path": .string(path), "digest": .string(digest),
            "blocks": .bool(blocks), "streams": .int(Int64(streams)),
            "draining": .array(draining.map { .int(Int64($0)) }), "loaded_at": .string(loadedAt.description),
        ]
    }
}
