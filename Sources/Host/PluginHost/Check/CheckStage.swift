import Core
import Glibc
import IO
import JSONKit
import PluginAPI

/// One test in its child process: real services, a recorder instead of a call.
final class CheckStage {
    let job: CheckJob
    private let loop: PollLoop
    let host: HostServices
    private var recorders: [CheckRecorder] = []
    private var serial = 0

    init(_ job: CheckJob) throws(Verdict) {
        self.job = job
        do throws(IOFailure) {
            loop = try PollLoop(name: "services")
        } catch {
            throw .failed("\(error)")
        }
        loop.start()
        host = HostServices(loop: loop, http: HTTPClient(loop: loop), secretsFolder: "\(job.folder)/secrets")
    }

    func perform() throws(Verdict) -> Verdict {
        switch job.test {
        case .loads: try loads()
        case .configuration: try configuration()
        case .interfaces: try interfaces()
        case .items: try items()
        case .cancelling: try cancelling()
        case .closing: try closing()
        case .copies: try copies()
        case .speed: try speed()
        case .nonsense: try nonsense()
        case .leaving: try leaving()
        }
    }

    // MARK: Parts

    /// One more private copy, loaded.
    func load() throws(Verdict) -> Library {
        serial += 1
        do throws(PluginError) {
            return try Library(path: job.library, folder: job.folder, serial: serial)
        } catch {
            throw .failed("\(error)")
        }
    }

    /// An instance made of the configuration that the check was given.
    func make(_ library: Library) throws(Verdict) -> CheckInstance {
        let isGiven = job.config.object?.isEmpty == false
        func refused(_ reason: String) -> Verdict {
            isGiven
                ? .failed("the configuration is refused: \(reason)")
                : .skipped("needs a configuration (--config): \(reason)")
        }
        do {
            if !library.schema.isEmpty {
                let schema = try JSON(parsing: library.schema)
                try JSONSchema(schema, definitions: schema["definitions"] ?? .null).check(job.config, at: "config")
            }
        } catch { throw refused("\(error)") }
        let made = CheckInstance(library, host)
        if let failure = made.create(job.config.description) { throw refused(failure.description) }
        return made
    }

    /// What is said to a plugin of this kind.
    func script(_ library: Library) throws(Verdict) -> CheckScript {
        let schema = (try? JSON(parsing: library.schema)) ?? [:]
        guard let script = CheckScript(kind: library.kind, schema: schema) else {
            throw .skipped("a stream of kind \(library.kind) acts on the world; try it with route.test")
        }
        return script
    }

    /// A stream; a plugin that cannot open one here, for want of a key or a signature, is not asked further.
    func open(_ instance: CheckInstance, _ script: CheckScript) throws(Verdict) -> CheckStream {
        guard let table = instance.find(script.interface) else {
            throw .failed("does not offer \(script.interface)")
        }
        let recorder = CheckRecorder(script, allowsRepeats: job.test == .nonsense)
        recorders.append(recorder)
        do throws(CheckStream.Refusal) {
            return try CheckStream(table, instance.pointer, script, recorder)
        } catch {
            throw .skipped("open refuses: \(error.failure)")
        }
    }

    /// The first rule that any stream so far broke.
    func firstFault() -> String? {
        // What comes late comes soon.
        usleep(200_000)
        return recorders.lazy.compactMap { $0.now.faults.first }.first
    }

    static var threads: Int {
        guard let directory = opendir("/proc/self/task") else { return 0 }
        defer { closedir(directory) }
        var count = -2
        while readdir(directory) != nil { count += 1 }
        return count
    }
}
