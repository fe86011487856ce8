import Core
import Glibc
public import IO
import JSONKit
import RPCSchema

/// The control plane on a Unix socket: JSON-RPC 2.0, one value a line.
///
/// Limits, and what happens at them: a line of 1 MiB (an error, then the connection closes), 64 levels (an error), 1,000
/// requests a batch (an error), 64 answers owed to a connection (no more is read), 4 MiB that a peer does not read (the
/// connection closes), 1,024 slow requests at once over all connections (`limit_exceeded`), each with its deadline
/// (`timed_out`).
public final class ControlServer: Sendable {
    private let server: LocalServer
    private let worker: Worker
    private let checker: Worker
    private let tasks: LoopExecutor

    /// Listens; nothing is served before `start`. `loop` is the control plane's own: no call lives on it.
    public init(path: String, loop: PollLoop, access: Access, services: Services) throws(ControlFailure) {
        do throws(IOFailure) {
            worker = try Worker(name: "control-worker")
            checker = try Worker(name: "control-checks")
            tasks = try LoopExecutor(name: "control-tasks")
        } catch { throw .socket(error) }
        let handler: ControlHandler
        do throws(FieldError) {
            let interface = try Interface()
            let methods = MethodTable.all(services, worker: worker, checker: checker, interface: interface)
            let dispatcher = try Dispatcher(interface: interface, methods: methods, loop: loop, executor: tasks)
            handler = ControlHandler(dispatcher, access: access, loop: loop)
        } catch { throw .schema(error) }
        do { server = try LocalServer(path: path, loop: loop, handler: handler) } catch { throw .socket(error) }
        // The mode is 0600 from the first instant; where groups may come in, their members are told apart by credentials.
        if access.isShared { chmod(path, 0o666) }
    }

    public func start() { server.start() }

    /// Closes the socket and every connection. `completion` runs on the loop.
    public func stop(_ completion: @escaping @Sendable () -> Void = {}) {
        worker.stop()
        checker.stop()
        server.stop(completion)
    }
}
