import Core
import JSONKit
import Routes
import Store

extension Configuration {
    /// The file that a command's arguments name.
    static func path(_ arguments: [String], of command: String) throws(StartFailure) -> String {
        if arguments.count == 2, arguments[0] == "--config" { return arguments[1] }
        if let argument = arguments.first, argument.hasPrefix("--config="), arguments.count == 1 {
            return String(argument.dropFirst(9))
        }
        throw StartFailure("usage: patchbay \(command) --config FILE (examples/patchbay.json is one)")
    }

    /// Reads a configuration file. Relative paths in it are relative to its folder.
    static func read(_ path: String) throws(StartFailure) -> Configuration {
        guard let bytes = Files.read(path) else {
            throw StartFailure("configuration \(path): cannot be read (\(Files.lastError()))")
        }
        let json: JSON
        do { json = try JSONWithComments.parse(bytes) } catch {
            throw StartFailure("configuration \(path): \(error)")
        }
        do { return try Configuration(json, folder: Files.folder(of: Files.absolute(path))) } catch {
            throw StartFailure("configuration \(path): \(error)")
        }
    }

    /// Checks the document. `folder` is what relative paths start from.
    init(_ json: JSON, folder: String) throws(FieldError) {
        let fields = try Fields(json)
        func path(_ text: String) -> String { text.isEmpty ? "" : Files.absolute(text, from: folder) }
        state = path(try fields.string("state", default: "state"))
        publicURL = try Self.url(fields.string("public_url", default: "http://127.0.0.1:8080"))
        secrets = path(try fields.string("secrets", default: ""))
        pluginFolder = path(try fields.string("plugin_folder", default: ""))
        if let part = try fields.optionalObject("listen") { listen = try Listen(part, path: path) }
        if let part = try fields.optionalObject("control") { control = try ControlSocket(part, path: path) }
        if let part = try fields.optionalObject("log") { log = try Logging(part) }
        for part in try fields.objects("plugins", default: []) {
            plugins.append(try PluginEntry(part, folder: folder))
        }
        if let part = try fields.optionalObject("routes") { routes = try RouteEntry.read(part) }
        agents = try fields.strings("agents", default: []).map(path)
        for part in try fields.objects("numbers", default: []) { numbers.append(try NumberEntry(part)) }
        for part in try fields.objects("collections", default: []) {
            collections.append(try CollectionEntry(part, path: path))
        }
        if let part = try fields.optionalObject("limits") { limits = try Limits(part) }
        if let part = try fields.optionalObject("deliveries") { deliveries = try Deliveries(part) }
        if let part = try fields.optionalObject("loader") { loader = try Loader(part) }
        if let part = try fields.optionalObject("sessions") { sessions = try Sessions(part) }
        if let part = try fields.optionalObject("recordings") { recordings = try Recordings(part) }
        if let part = try fields.optionalObject("store") { store = try Engine(part) }
        if let part = try fields.optionalObject("jobs") { jobs = try Jobs(part) }
        if let part = try fields.optionalObject("dialing") { dialing = try Dialing(part, path: path) }
        if let part = try fields.optionalObject("leads") { leadPulls = try LeadPullEntry.read(part) }
        try fields.finish()
        if secrets.isEmpty { secrets = "\(state)/secrets" }
        if control.path.isEmpty { control.path = "\(state)/control.sock" }
    }

    private static func url(_ text: String) throws(FieldError) -> String {
        guard text.hasPrefix("http://") || text.hasPrefix("https://"), !text.contains("?") else {
            throw FieldError(
                path: "public_url",
                problem: "must start with http:// or https:// and have no query, as in https://voice.example.org"
            )
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }
}

extension Configuration.Listen {
    init(_ fields: Fields, path: (String) -> String) throws(FieldError) {
        host = try fields.string("host", default: host)
        port = try fields.int("port", default: port, in: 0...65535)
        loops = try fields.int("loops", default: loops, in: 1...256)
        certificate = path(try fields.string("certificate", default: ""))
        key = path(try fields.string("key", default: ""))
        try fields.finish()
        guard certificate.isEmpty == key.isEmpty else {
            throw FieldError(path: "listen.\(key.isEmpty ? "key" : "certificate")", problem: "set both, or neither")
        }
    }
}

extension Configuration.ControlSocket {
    init(_ fields: Fields, path: (String) -> String) throws(FieldError) {
        self.path = path(try fields.string("socket", default: ""))
        readGroups = try fields.strings("read_groups", default: [])
        writeGroups = try fields.strings("write_groups", default: [])
        adminGroups = try fields.strings("admin_groups", default: [])
        try fields.finish()
    }
}

extension Configuration.Logging {
    init(_ fields: Fields) throws(FieldError) {
        level = try fields.string("level", default: level)
        guard ["debug", "info", "warning", "error"].contains(level) else {
            throw FieldError(path: "log.level", problem: "is \"\(level)\"; use debug, info, warning or error")
        }
        format = try fields.string("format", default: format)
        guard ["text", "json"].contains(format) else {
            throw FieldError(path: "log.format", problem: "is \"\(format)\"; use text or json")
        }
        personal = try fields.bool("personal", default: personal)
        try fields.finish()
    }
}

extension Configuration.PluginEntry {
    init(_ fields: Fields, folder: String) throws(FieldError) {
        path = try fields.string("path")
        // A bare file name is looked for in the plugin folder; anything with a slash is a path.
        if path.contains("/") { path = Files.absolute(path, from: folder) }
        name = try fields.optionalString("name")
        config = try fields.json("config", default: [:])
        config = Configuration.resolvingPlaces(config, from: folder)
        try fields.finish()
    }
}

extension Configuration {
    /// A plugin's `folder` or `path` is relative to the configuration file, like every other path in it.
    fileprivate static func resolvingPlaces(_ config: JSON, from base: String) -> JSON {
        guard case .object(var object) = config else { return config }
        for name in ["folder", "path"] {
            guard let place = object[name]?.string else { continue }
            object[name] = .string(Files.absolute(place, from: base))
        }
        return .object(object)
    }
}

extension Configuration.RouteEntry {
    static func read(_ fields: Fields) throws(FieldError) -> [Configuration.RouteEntry] {
        var routes: [Configuration.RouteEntry] = []
        for kind in Kind.allCases {
            let steps = try fields.objects(kind.rawValue, default: [])
            guard !steps.isEmpty else { continue }
            var entry = Configuration.RouteEntry(kind: kind, steps: [])
            for step in steps { entry.steps.append(try Step(step, of: kind)) }
            routes.append(entry)
        }
        try fields.finish()
        return routes
    }
}

extension Configuration.NumberEntry {
    init(_ fields: Fields) throws(FieldError) {
        to = try fields.string("to")
        agent = try fields.string("agent")
        try fields.finish()
    }
}

extension Configuration.CollectionEntry {
    init(_ fields: Fields, path: (String) -> String) throws(FieldError) {
        name = try fields.string("name")
        metric = try fields.string("metric", default: "cosine")
        guard ["cosine", "dot", "euclid"].contains(metric) else {
            throw fields.error("metric", "is \"\(metric)\"; use cosine, dot or euclid")
        }
        documents = try fields.strings("documents", default: []).map(path)
        try fields.finish()
    }
}

extension Configuration.Limits {
    init(_ fields: Fields) throws(FieldError) {
        calls = try fields.int("calls", default: calls, in: 1...100_000)
        drain = .seconds(try fields.int("drain_s", default: 300, in: 0...86_400))
        try fields.finish()
    }
}

extension Configuration.Deliveries {
    init(_ fields: Fields) throws(FieldError) {
        host = try fields.string("host", default: host)
        guard !host.isEmpty else { throw FieldError(path: "deliveries.host", problem: "must name this host") }
        for name in try fields.strings("events", default: []) {
            guard let topic = Topic(rawValue: name) else {
                throw FieldError(
                    path: "deliveries.events",
                    problem: "\"\(name)\" is no topic; docs/EVENTS.md lists them"
                )
            }
            topics.append(topic)
        }
        let source = try fields.string("warehouse_from", default: "log")
        guard ["log", "broker"].contains(source) else {
            throw FieldError(path: "deliveries.warehouse_from", problem: "is \"\(source)\"; use log or broker")
        }
        loadsFromLog = source == "log"
        try fields.finish()
    }
}

extension Configuration.Loader {
    init(_ fields: Fields) throws(FieldError) {
        group = try fields.string("group", default: group)
        guard !group.isEmpty else { throw FieldError(path: "loader.group", problem: "must name the consumer group") }
        host = try fields.string("host", default: host)
        port = try fields.int("port", default: port, in: 0...65535)
        try fields.finish()
    }
}

extension Configuration.Recordings {
    init(_ fields: Fields) throws(FieldError) {
        retentionDays = try fields.int("retention_days", default: 0, in: 0...36_500)
        notificationSecret = try fields.string("notification_secret", default: "")
        try fields.finish()
    }
}

extension Configuration.Sessions {
    init(_ fields: Fields) throws(FieldError) {
        let engine = try fields.string("engine", default: "memory")
        guard ["memory", "redis"].contains(engine) else {
            throw FieldError(path: "sessions.engine", problem: "is \"\(engine)\"; use memory or redis")
        }
        url = try fields.string("url", default: "")
        passwordSecret = try fields.string("password_secret", default: "")
        prefix = try fields.string("prefix", default: prefix)
        timeToLive = .seconds(try fields.int("ttl_s", default: 7200, in: 60...604_800))
        try fields.finish()
        guard engine == "redis" else { return }
        guard !url.isEmpty else {
            throw FieldError(path: "sessions.url", problem: "is required for redis, as in redis://127.0.0.1:6379/0")
        }
        address = try RedisAddress(url)
    }
}

extension Configuration.Engine {
    init(_ fields: Fields) throws(FieldError) {
        name = try fields.string("engine", default: name)
        guard ["sqlite", "postgres"].contains(name) else {
            throw FieldError(path: "store.engine", problem: "is \"\(name)\"; use sqlite or postgres")
        }
        url = try fields.string("url", default: "")
        passwordSecret = try fields.string("password_secret", default: "")
        try fields.finish()
        guard name == "postgres" else { return }
        guard url.hasPrefix("postgresql://") || url.hasPrefix("postgres://") else {
            throw FieldError(
                path: "store.url",
                problem: "must be an address such as postgresql://patchbay@db.example.org/patchbay"
            )
        }
        let user = url.split(separator: "@").first ?? ""
        guard !url.contains("@") || user.split(separator: ":").count <= 2 else {
            throw FieldError(path: "store.url", problem: "holds a password; put it into the secret of password_secret")
        }
    }
}
