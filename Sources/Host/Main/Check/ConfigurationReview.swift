import Calls
import Core
import Glibc
import JSONKit
import PluginHost
import Routes

/// What a configuration says, held against itself, its files, its secrets and its plugins; nothing outside is asked.
struct ConfigurationReview {
    private(set) var findings: [Finding] = []
    /// What is left of the document without the members that are wrong.
    let configuration: Configuration?
    /// The plugins whose files and configurations are well, as they are to be loaded.
    private(set) var plugins: [Configuration.PluginEntry] = []
    private let document: JSON
    private var kinds: [String: Kind] = [:]
    private var secrets: [(member: String, name: String)] = []

    /// `scratch` is a folder for private copies of plugins.
    init(_ document: JSON, folder: String, scratch: String) {
        self.document = document
        let (errors, repaired) = DocumentRepair.errors(in: document) { document throws(FieldError) in
            _ = try Configuration(document, folder: folder)
        }
        configuration = try? Configuration(repaired, folder: folder)
        findings = errors.map { Finding($0.path.isEmpty ? "the document" : $0.path, saying: $0.problem) }
        guard let configuration else { return }
        reviewFiles(configuration)
        for (index, entry) in configuration.plugins.enumerated() {
            review(entry, place("plugins", repaired["plugins"]?[index] ?? .null), configuration, scratch, index)
        }
        reviewRoutes(configuration)
        reviewSecrets(configuration)
        if !configuration.deliveries.loadsFromLog, !configuration.routes.contains(where: { $0.kind == .events }) {
            add(
                "deliveries.warehouse_from",
                "is \"broker\", and there is no events route; set routes.events, or say \"log\""
            )
        }
    }

    private mutating func add(_ what: String, _ text: String) { findings.append(Finding(what, saying: text)) }

    /// Where an element stands in the file.
    private func place(_ member: String, _ element: JSON) -> String {
        let all = document[member]?.array ?? []
        let index = all.firstIndex(of: element) ?? all.firstIndex { $0["path"] == element["path"] && $0["path"] != nil }
        return index.map { "\(member)[\($0)]" } ?? member
    }

    // MARK: Files

    private mutating func reviewFiles(_ configuration: Configuration) {
        for (member, path) in [
            ("listen.certificate", configuration.listen.certificate), ("listen.key", configuration.listen.key),
        ]
        where !path.isEmpty && access(path, R_OK) != 0 {
            add(member, "\(path): \(Files.lastError()); name a file that this user may read")
        }
        if !configuration.pluginFolder.isEmpty, access(configuration.pluginFolder, R_OK | X_OK) != 0 {
            add(
                "plugin_folder",
                "\(configuration.pluginFolder): \(Files.lastError()); name the folder of the libraries"
            )
        }
        reviewState(configuration.state)
        reviewAgents(configuration)
        for entry in configuration.collections {
            for path in entry.documents where access(path, R_OK) != 0 {
                add("collections (\(entry.name))", "\(path): \(Files.lastError()); correct the path of the document")
            }
        }
    }

    /// The folder, or the one that it is to be made in.
    private mutating func reviewState(_ state: String) {
        var path = state
        while !Files.exists(path), path != "/" { path = Files.folder(of: path) }
        guard access(path, W_OK | X_OK) != 0 else { return }
        add("state", "\(path): \(Files.lastError()); let this user write there, or name another folder")
    }

    private mutating func reviewAgents(_ configuration: Configuration) {
        var names: Set<String> = []
        for path in configuration.agents {
            let index = configuration.agents.firstIndex(of: path).map { "agents[\($0)]" } ?? "agents"
            guard let bytes = Files.read(path) else {
                add(index, "\(path): \(Files.lastError()); correct the path of the agent's document")
                continue
            }
            let json: JSON
            do { json = try JSONWithComments.parse(bytes) } catch {
                add(index, "\(path): \(error)")
                continue
            }
            for error in DocumentRepair.errors(in: json, { json throws(FieldError) in _ = try AgentDocument(json) })
                .errors
            {
                add(index, "\(path): \(error)")
            }
            if let name = json["name"]?.string { names.insert(name) }
        }
        // Documents that were put over the control plane are in the store, which is not opened here.
        let mayBeStored =
            configuration.store.name == "postgres" || Files.exists("\(configuration.state)/patchbay.sqlite")
        for entry in configuration.numbers where !names.contains(entry.agent) && !mayBeStored {
            add("numbers (\(entry.to))", "no agent is called \(entry.agent); name its document in \"agents\"")
        }
    }

    // MARK: Plugins

    private mutating func review(
        _ entry: Configuration.PluginEntry,
        _ place: String,
        _ configuration: Configuration,
        _ scratch: String,
        _ serial: Int
    ) {
        let path = configuration.library(entry.path)
        let file: PluginFile
        do throws(PluginError) { file = try PluginFile(path, folder: scratch, serial: serial) } catch {
            return add(place, "\(error); correct its path, or set plugin_folder")
        }
        let name = entry.name ?? file.name
        guard kinds[name] == nil else {
            return add(place, "a plugin is called \(name) already; give one of them another name")
        }
        kinds[name] = file.kind
        let errors = DocumentRepair.errors(in: entry.config) { config throws(FieldError) in
            if let problem = file.problem(with: config) {
                // As the schema's check names it: below `config`.
                throw FieldError(path: String(problem.path.dropFirst(7)), problem: problem.problem)
            }
        }.errors
        for error in errors { add("\(place).config\(error.path.isEmpty ? "" : ".\(error.path)")", error.problem) }
        let missing = file.missing(in: entry.config)
        for member in missing { add("\(place).config.\(member)", "is required; the plugin's README tells what it is") }
        noteSecrets(of: file, entry.config, place)
        guard errors.isEmpty, missing.isEmpty else { return }
        var whole = entry
        (whole.path, whole.name) = (path, name)
        plugins.append(whole)
    }

    /// Members that name secrets say so by their own names; what is not set has the schema's default.
    private mutating func noteSecrets(of file: PluginFile, _ config: JSON, _ place: String) {
        for (member, schema) in file.schema["properties"]?.object ?? [:] where member.hasSuffix("_secret") {
            let name = config.text(member, schema)
            if !name.isEmpty { secrets.append(("\(place).config.\(member)", name)) }
        }
    }

    private mutating func reviewRoutes(_ configuration: Configuration) {
        for route in configuration.routes {
            for (index, step) in route.steps.enumerated() {
                let place = "routes.\(route.kind.rawValue)[\(index)].plugin"
                guard let kind = kinds[step.plugin] else {
                    let known = kinds.filter { $0.value == route.kind }.keys.sorted().joined(separator: ", ")
                    let advice = known.isEmpty ? "add it to \"plugins\"" : "of this kind there are \(known)"
                    add(place, "no plugin is called \(step.plugin); \(advice)")
                    continue
                }
                guard kind != route.kind else { continue }
                add(
                    place,
                    "\(step.plugin) is of kind \(kind.rawValue); a step of this route must be \(route.kind.rawValue)"
                )
            }
        }
        for kind in [Kind.asr, .llm, .tts] where !configuration.routes.contains(where: { $0.kind == kind }) {
            add("routes.\(kind.rawValue)", "is missing; without it no call can be taken")
        }
    }

    // MARK: Secrets

    private mutating func reviewSecrets(_ configuration: Configuration) {
        secrets += [
            ("store.password_secret", configuration.store.passwordSecret),
            ("sessions.password_secret", configuration.sessions.passwordSecret),
            ("recordings.notification_secret", configuration.recordings.notificationSecret),
            ("dialing.start_secret", configuration.dialing.startSecret),
        ].filter { !$0.1.isEmpty }
        let missing = secrets.filter { HostServices.secret($0.name, in: configuration.secrets) == nil }
        guard !missing.isEmpty else { return }
        let folder = configuration.secrets
        var status = stat()
        if stat(folder, &status) != 0 {
            add("secrets", "\(folder): \(Files.lastError()); make the folder (chmod 700), or set secrets")
        } else if access(folder, R_OK | X_OK) != 0 {
            add("secrets", "\(folder): \(Files.lastError()); let this user read it")
        }
        for secret in missing {
            let file = "\(folder)/\(secret.name)"
            var status = stat()
            if stat(file, &status) == 0, status.st_mode & 0o077 != 0 {
                add(secret.member, "the secret \(secret.name) can be read by others and is not used; chmod 600 \(file)")
            } else if Files.exists(file), access(file, R_OK) != 0 {
                add(secret.member, "the secret \(secret.name) cannot be read by this user; chown \(file)")
            } else {
                let variable = HostServices.variable(of: secret.name)
                add(
                    secret.member,
                    "there is no secret \(secret.name); put it into \(file) (chmod 600), or into \(variable)"
                )
            }
        }
    }
}
