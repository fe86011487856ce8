import Core
import Glibc
import IO
import JSONKit
import Synchronization

/// The child process of `plugin.check`: tries one library, test after test, a JSON line each on standard output.
public final class CheckProgram {
    private let path: String
    private let config: JSON
    private let folder: String
    private let loop: PollLoop
    private let registry: Registry
    private let retired: Counter
    private var instance: Instance?

    /// `arguments`: the library's path and its configuration as JSON. The exit code: 0 unless nothing could be tried.
    public static func run(_ arguments: [String]) -> Int32 {
        guard arguments.count == 2, let config = try? JSON(parsing: arguments[1]),
            let program = try? CheckProgram(arguments[0], config)
        else { return 2 }
        program.runAll()
        _ = system("rm -rf '\(program.folder)'")
        // A plugin's thread that is still there must not keep the answer back.
        _exit(0)
    }

    private init(_ path: String, _ config: JSON) throws(IOFailure) {
        (self.path, self.config) = (path, config)
        var template = Array("/tmp/patchbay-check-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw .exhausted("a temporary folder") }
        folder = String(cString: made)
        loop = try PollLoop(name: "check")
        loop.start()
        let services = HostServices(loop: loop, http: HTTPClient(loop: loop), secretsFolder: folder)
        let retired = Counter()
        self.retired = retired
        registry = Registry(folder: "\(folder)/generations", host: services) { event in
            if event.topic == .pluginRetired { retired.add() }
        }
    }

    /// A finding that is no success.
    private enum Finding: Error {
        case failed(String)
        case warning(String)
        case skipped(String)
    }

    private func runAll() {
        guard test("is a plugin, and takes the configuration", load) else { return }
        test("answers an unknown interface with nothing", unknownInterface)
        test("offers its kind's interface", ownInterface)
        test("refuses or takes an odd configuration without harm", oddConfiguration)
        test("lives twice in one process", secondInstance)
        test("says how it is", health)
        test("answers an item, once", answer)
        test("cancels at once", cancelling)
        test("closes in the middle of an item", closing)
        test("leaves the loop quickly", slowCalls)
        test("is destroyed when the last stream is closed", retire)
    }

    @discardableResult
    private func test(_ name: String, _ body: () throws(Finding) -> Void) -> Bool {
        emit(["begin": .string(name)])
        let start = Moment.now()
        var (outcome, message) = (CheckReport.Outcome.passed, "")
        do throws(Finding) { try body() } catch {
            switch error {
            case .failed(let reason): (outcome, message) = (.failed, reason)
            case .warning(let reason): (outcome, message) = (.warning, reason)
            case .skipped(let reason): (outcome, message) = (.skipped, reason)
            }
        }
        let milliseconds = Double((Moment.now() - start).wholeMicroseconds) / 1000
        emit(CheckReport.Entry(name: name, outcome: outcome, message: message, milliseconds: milliseconds).json)
        return outcome != .failed
    }

    /// One write a line: what was begun is known even if the next instruction kills the process.
    private func emit(_ json: JSON) {
        let line = Array((json.description + "\n").utf8)
        _ = write(STDOUT_FILENO, line, line.count)
    }

    // MARK: Tests

    private func load() throws(Finding) {
        do throws(PluginError) {
            let info = try registry.load(path: path, config: config)
            instance = try registry.lease(info.name)
        } catch { throw .failed("\(error)") }
    }

    private func unknownInterface() throws(Finding) {
        if instance?.table(for: "patchbay.no-such/1") != nil {
            throw .failed("find answered patchbay.no-such/1; it must return NULL for what it does not know")
        }
    }

    private func ownInterface() throws(Finding) {
        guard let instance else { return }
        let wanted =
            instance.kind == .telephony
            ? ["patchbay.telephony.media/1", "patchbay.telephony.webhook/1"]
            : [instance.kind.interface].compactMap(\.self)
        for interface in wanted where instance.table(for: interface) == nil {
            throw .failed("find answers NULL for \(interface)")
        }
    }

    private func oddConfiguration() throws(Finding) {
        guard let instance else { return }
        do throws(PluginError) {
            _ = try registry.swap(instance.name, config: ["no such member": true])
            _ = try registry.swap(instance.name, generation: 1)
        } catch {
            guard case .rejectedConfig = error else { throw .failed("\(error)") }
            return
        }
        throw .warning("an unknown member was taken without a word; say \"additionalProperties\": false in the schema")
    }

    private func secondInstance() throws(Finding) {
        do throws(PluginError) {
            try registry.load(path: path, name: "second", config: config)
            try registry.unload("second", drain: .zero)
        } catch { throw .failed("\(error)") }
    }

    private func health() throws(Finding) {
        guard let failure = instance?.health(within: .seconds(5)) else { return }
        throw .warning(failure.description)
    }

    private func answer() throws(Finding) {
        let outcome = try probe { $0.ask() }
        switch outcome {
        case .done: return
        case .failed(let failure): throw .warning("failed, as it may: \(failure)")
        case .silent:
            throw .failed("neither DONE nor END nor a failure within \(CheckProbe.limit.wholeMilliseconds) ms")
        case .twice: throw .failed("the item was ended twice")
        }
    }

    private func cancelling() throws(Finding) {
        for _ in 0..<20 { _ = try probe { $0.askAndCancel() } }
    }

    private func closing() throws(Finding) {
        for _ in 0..<50 { _ = try probe { $0.askAndClose() } }
    }

    private func slowCalls() throws(Finding) {
        guard let count = instance?.slowCalls.value, count > 0 else { return }
        throw .warning("\(count) calls took more than 5 ms; block on a thread of your own, or say PB_PLUGIN_BLOCKS")
    }

    private func retire() throws(Finding) {
        guard let name = instance?.name else { return }
        instance = nil
        do throws(PluginError) { try registry.unload(name, drain: .zero) } catch { throw .failed("\(error)") }
        let before = retired.value
        for _ in 0..<500 {
            if retired.value > before || retired.value >= 2 { return }
            usleep(10_000)
        }
        throw .failed("destroy was not called, or did not return, within 5 s")
    }

    private func probe(_ body: @escaping @Sendable (CheckProbe) -> Void) throws(Finding) -> CheckProbe.Outcome {
        guard let instance else { throw .skipped("nothing is loaded") }
        guard CheckProbe.knows(instance.kind) else {
            throw .skipped("a stream of kind \(instance.kind.rawValue) acts on the world; try it with route.test")
        }
        return CheckProbe.run(instance, on: loop, body)
    }
}
