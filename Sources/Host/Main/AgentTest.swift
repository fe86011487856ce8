import Core
import Glibc
import JSONKit
import Routes
import Trials

/// `patchbay agent test FILE...`: scripted conversations with an agent, without a host.
enum AgentTest {
    private struct Options {
        var files: [String] = []
        var configuration: String?
        var only: String?
        var isJSON = false
        var isVerbose = false
    }

    static let usage = "usage: patchbay agent test FILE... [--only TEXT] [--config FILE] [--verbose] [--json]"

    /// 0: every expectation was met; 1: one was not; 2: there was nothing to judge.
    static func run(_ arguments: [String]) async -> Int32 {
        do throws(StartFailure) {
            let options = try read(arguments)
            silence(options.isVerbose)
            let setup: TrialSetup
            if let path = options.configuration { setup = try configured(path) } else { setup = try embedded() }
            var reports: [TrialReport] = []
            for path in options.files {
                let report = try await StartFailure.wrap { () async throws(TrialFailure) in
                    let file = try TrialFile(reading: Files.absolute(path), with: reader)
                    return try await Trials.run(file, with: setup, only: options.only)
                }
                reports.append(report)
                if !options.isJSON { Terminal.print(report.text(isVerbose: options.isVerbose)) }
            }
            if options.isJSON { Terminal.print(JSON.array(reports.map(\.json)).description) }
            return reports.allSatisfy(\.hasPassed) ? 0 : 1
        } catch {
            Terminal.complain("patchbay: \(error)")
            return 2
        }
    }

    /// Providers that fail because a script says so are no news; what they lead to is in the transcript.
    private static func silence(_ isVerbose: Bool) {
        let nowhere = isVerbose ? -1 : open("/dev/null", O_WRONLY | O_CLOEXEC)
        Log.configure { settings in
            settings.level = .error
            if nowhere >= 0 { settings.descriptor = nowhere }
        }
    }

    private static func read(_ arguments: [String]) throws(StartFailure) -> Options {
        var options = Options()
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--json": options.isJSON = true
            case "--verbose": options.isVerbose = true
            case "--config": options.configuration = rest.popFirst() ?? ""
            case "--only": options.only = rest.popFirst() ?? ""
            default:
                guard !argument.hasPrefix("-") else { throw StartFailure("\(argument) is no flag here; \(usage)") }
                options.files.append(argument)
            }
        }
        guard !options.files.isEmpty, options.configuration != "", options.only != "" else {
            throw StartFailure(usage)
        }
        return options
    }

    private static let reader = TrialFile.Reader(
        json: { path throws(TrialFailure) in
            guard let bytes = Files.read(path) else { throw TrialFailure("\(path): \(Files.lastError())") }
            do throws(JSONError) { return try JSONWithComments.parse(bytes) } catch {
                throw TrialFailure("\(path): \(error)")
            }
        },
        text: { path throws(TrialFailure) in
            guard let bytes = Files.read(path) else { throw TrialFailure("\(path): \(Files.lastError())") }
            return String(decoding: bytes, as: UTF8.self)
        },
        absolute: { path, folder in Files.absolute(path, from: folder) }
    )

    // MARK: Plugins

    /// What needs no network and no time: callers' words are taken as they are written.
    private static func embedded() throws(StartFailure) -> TrialSetup {
        let places = Configuration(state: "", publicURL: "", secrets: "")
        var setup = TrialSetup(libraries: [], routes: [])
        for (kind, name) in [
            (Kind.asr, "asr-script"), (.intent, "intent-examples"), (.llm, "llm-templates"), (.tts, "tts-script"),
            (.embedder, "embedder-hash"),
        ] {
            setup.libraries.append(TrialSetup.Library(path: places.library("lib\(name).so")))
            setup.routes.append(try route(kind, [Step(plugin: name)]))
        }
        return setup
    }

    /// The plugins and routes of a host, in real time.
    private static func configured(_ path: String) throws(StartFailure) -> TrialSetup {
        let configuration = try Configuration.read(path)
        var setup = TrialSetup(libraries: [], routes: [], secrets: configuration.secrets, isRealTime: true)
        setup.understandsText = configuration.routes.contains { route in
            route.kind == .asr && route.steps.first?.plugin == "asr-script"
        }
        // Outcomes and recordings of rehearsals go nowhere.
        let kinds: [Kind] = [.asr, .intent, .llm, .tts, .embedder]
        let routes = configuration.routes.filter { kinds.contains($0.kind) }
        let wanted = Set(routes.flatMap { $0.steps.map(\.plugin) })
        for entry in configuration.plugins where wanted.contains(entry.loadedName) {
            setup.libraries.append(
                TrialSetup.Library(
                    path: configuration.library(entry.path),
                    name: entry.name,
                    config: entry.config
                )
            )
        }
        for entry in routes {
            let steps = entry.steps.map {
                Step(
                    plugin: $0.plugin,
                    tries: $0.tries,
                    first: $0.first,
                    next: $0.next,
                    total: $0.total,
                    options: $0.options
                )
            }
            setup.routes.append(try route(entry.kind, steps))
        }
        return setup
    }

    private static func route(_ kind: Kind, _ steps: [Step]) throws(StartFailure) -> Route {
        try StartFailure.wrap { () throws(FieldError) in try Route(name: kind.rawValue, kind: kind, steps: steps) }
    }
}
