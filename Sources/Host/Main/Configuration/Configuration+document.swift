import Core
import JSONKit
import Routes

extension Configuration {
    /// What is in force, defaults included, in the form of the file: `config.get`. Reading it again gives the same.
    var document: JSON {
        [
            "state": .string(state), "listen": listen.json, "public_url": .string(publicURL), "control": control.json,
            "log": log.json, "secrets": .string(secrets), "plugin_folder": .string(pluginFolder),
            "plugins": .array(plugins.map(\.json)),
            "routes": .object(JSONObject(routes.map { ($0.kind.rawValue, .array($0.steps.map(\.json))) })),
            "agents": .array(agents.map { .string($0) }),
            "numbers": .array(numbers.map { ["to": .string($0.to), "agent": .string($0.agent)] }),
            "collections": .array(collections.map(\.json)),
            "limits": ["calls": .int(Int64(limits.calls)), "drain_s": .int(limits.drain.components.seconds)],
            "deliveries": deliveries.json, "loader": loader.json, "sessions": sessions.json, "store": store.json,
            "jobs": jobs.json, "recordings": recordings.json, "dialing": dialing.json,
            "leads": ["pull": .array(leadPulls.map(\.json))],
        ]
    }
}

extension Configuration.Listen {
    fileprivate var json: JSON {
        [
            "host": .string(host), "port": .int(Int64(port)), "loops": .int(Int64(loops)),
            "certificate": .string(certificate), "key": .string(key),
        ]
    }
}

extension Configuration.ControlSocket {
    fileprivate var json: JSON {
        func list(_ names: [String]) -> JSON { .array(names.map { .string($0) }) }
        return [
            "socket": .string(path), "read_groups": list(readGroups), "write_groups": list(writeGroups),
            "admin_groups": list(adminGroups),
        ]
    }
}

extension Configuration.Logging {
    fileprivate var json: JSON { ["level": .string(level), "format": .string(format), "personal": .bool(personal)] }
}

extension Configuration.PluginEntry {
    fileprivate var json: JSON {
        var members: JSONObject = ["path": .string(path)]
        if let name { members["name"] = .string(name) }
        members["config"] = config
        return .object(members)
    }
}

extension Configuration.CollectionEntry {
    fileprivate var json: JSON {
        [
            "name": .string(name), "metric": .string(metric),
            "documents": .array(documents.map { .string($0) }),
        ]
    }
}

extension Configuration.Deliveries {
    fileprivate var json: JSON {
        [
            "host": .string(host), "events": .array(topics.map { .string($0.rawValue) }),
            "warehouse_from": .string(loadsFromLog ? "log" : "broker"),
        ]
    }
}

extension Configuration.Loader {
    fileprivate var json: JSON {
        ["group": .string(group), "host": .string(host), "port": .int(Int64(port))]
    }
}

extension Configuration.Recordings {
    fileprivate var json: JSON {
        ["retention_days": .int(Int64(retentionDays)), "notification_secret": .string(notificationSecret)]
    }
}

extension Configuration.Sessions {
    fileprivate var json: JSON {
        [
            "engine": .string(address == nil ? "memory" : "redis"), "url": .string(url),
            "password_secret": .string(passwordSecret), "prefix": .string(prefix),
            "ttl_s": .int(timeToLive.components.seconds),
        ]
    }
}

extension Configuration.Engine {
    fileprivate var json: JSON {
        ["engine": .string(name), "url": .string(url), "password_secret": .string(passwordSecret)]
    }
}
