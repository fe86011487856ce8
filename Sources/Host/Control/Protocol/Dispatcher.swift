import Core
import JSONKit
import RPCSchema

/// JSON-RPC 2.0 without the socket: a line comes in, answers go to the client's outlet. Confined to the control loop.
///
/// Requests of one connection are begun in their order; one that takes time may be overtaken by those behind it.
final class Dispatcher {
    /// What became of one request.
    enum Progress {
        /// A notification: never answered.
        case nothing
        case answer(id: JSON, Result<JSON, Failure>)
        /// It takes time; without an id nobody hears of the outcome.
        case pending(id: JSON?, BoundMethod, Parameters)
    }

    /// Requests that take time, over all connections.
    static let runningBound = 1024
    let printer: Printer
    private let methods: [String: BoundMethod]
    private let names: [String]
    private let loop: any EventLoop
    /// Where requests that take time run: whoever blocks Swift's own pool does not hold up the control plane.
    private let executor: (any TaskExecutor)?
    private var running = 0
    private let log = Log("control")

    /// Every method must be in the interface; a test compares both.
    init(
        interface: Interface,
        methods: [Method],
        loop: any EventLoop,
        executor: (any TaskExecutor)? = nil
    ) throws(FieldError) {
        var bound: [String: BoundMethod] = [:]
        for method in methods {
            guard let operation = interface.method(method.name), bound[method.name] == nil else {
                throw FieldError(path: method.name, problem: "is not in rpc-schema/openrpc.json, or registered twice")
            }
            bound[method.name] = try BoundMethod(operation, method.handler, schemas: interface.schemas)
        }
        (self.methods, self.loop, self.executor) = (bound, loop, executor)
        names = bound.keys.sorted()
        printer = Printer(faults: interface.faults)
    }

    /// Serves one line; blank ones are passed over.
    func received(_ line: UnsafeRawBufferPointer, from client: Client) {
        let value: JSON
        do { value = try JSON(parsing: line) } catch {
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { return }
            return respond(client, .null, .failure(Failure(.parseError, "not JSON: \(error)")))
        }
        if case .array(let elements) = value { return received(elements, from: client) }
        switch begin(value, client) {
        case .nothing: client.answered()
        case .answer(let id, let outcome): respond(client, id, outcome)
        case .pending(let id, let method, let parameters):
            client.owe()
            run(method, parameters) { outcome in
                if let id { self.respond(client, id, outcome) }
                client.settle()
            }
        }
    }

    private func received(_ elements: [JSON], from client: Client) {
        guard !elements.isEmpty else {
            return respond(client, .null, .failure(Failure(.invalidRequest, "an empty batch")))
        }
        guard elements.count <= Batch.bound else {
            let message = "a batch has at most \(Batch.bound) requests, this one \(elements.count)"
            return respond(client, .null, .failure(Failure(.invalidRequest, message)))
        }
        client.owe()
        Batch(elements, client: client, dispatcher: self).proceed()
    }

    /// A line was longer than the bound.
    func overran(_ client: Client, limit: Int) {
        let message = "a line has at most \(limit) bytes; the connection ends here"
        respond(client, .null, .failure(Failure(.invalidRequest, message)))
    }

    private func respond(_ client: Client, _ id: JSON, _ outcome: Result<JSON, Failure>) {
        client.send { bytes in
            printer.write(outcome, id: id, into: &bytes)
            bytes.append(UInt8(ascii: "\n"))
        }
        client.answered()
    }

    /// Checks one request and, where that is quick, serves it.
    func begin(_ value: JSON, _ client: Client) -> Progress {
        guard case .object(let object) = value else {
            return .answer(id: .null, .failure(Failure(.invalidRequest, "a request is an object")))
        }
        var id: JSON?
        var name: String?
        var version: String?
        var given: JSON?
        for member in object {
            switch member.key {
            case "jsonrpc": version = member.value.string
            case "method": name = member.value.string
            case "id": id = member.value
            case "params": given = member.value
            default: break
            }
        }
        if let problem = Self.problem(id: id, name: name, version: version, given: given) {
            return .answer(id: Self.readable(id), .failure(Failure(.invalidRequest, problem)))
        }
        do throws(Failure) {
            let (method, parameters) = try admit(name ?? "", given, client)
            switch method.handler {
            case .slow: return .pending(id: id, method, parameters)
            case .quick(let handler):
                let result = try handler(parameters, client)
                return id.map { .answer(id: $0, .success(result)) } ?? .nothing
            }
        } catch {
            return id.map { .answer(id: $0, .failure(error)) } ?? .nothing
        }
    }

    private static func problem(id: JSON?, name: String?, version: String?, given: JSON?) -> String? {
        guard version == "2.0" else { return #""jsonrpc" must be "2.0""# }
        guard name != nil else { return #""method" must be a string"# }
        if let id, id != readable(id) { return #""id" must be a string, a number or null"# }
        switch given {
        case nil, .object, .array: return nil
        default: return #""params" must be an object"#
        }
    }

    private static func readable(_ id: JSON?) -> JSON {
        switch id {
        case .string, .int, .double: id ?? .null
        default: .null
        }
    }

    private func admit(_ name: String, _ given: JSON?, _ client: Client) throws(Failure) -> (BoundMethod, Parameters) {
        guard let method = methods[name] else { throw unknown(name) }
        guard let role = client.role, role >= method.role else {
            let message = "\(name) needs the role \(method.role.rawValue); yours is \(client.role?.rawValue ?? "none")"
            throw Failure(.forbidden, message)
        }
        switch given {
        case .object(let object): return (method, try method.check(object))
        case .array(let elements) where !elements.isEmpty:
            throw Failure(.invalidParameters, #"parameters are given by name, as in {"name": ...}"#)
        default: return (method, try method.check([:]))
        }
    }

    private func unknown(_ name: String) -> Failure {
        let nearest = names.min { $0.editDistance(to: name) < $1.editDistance(to: name) }
        // A long name is nobody's mistyped method, and comparing it would cost.
        guard name.utf8.count <= 64, let nearest, nearest.editDistance(to: name) <= 4 else {
            return Failure(.methodNotFound, "no such method; rpc.discover lists them")
        }
        return Failure(.methodNotFound, "no method is called \(name); did you mean \(nearest)?")
    }

    /// Runs a method that takes time; `completion` is called once, on the loop, at the deadline at the latest.
    func run(_ method: BoundMethod, _ parameters: Parameters, _ completion: @escaping (Result<JSON, Failure>) -> Void) {
        guard case .slow(let handler) = method.handler, running < Self.runningBound else {
            return completion(.failure(Failure(.limitExceeded, "the host is busy with \(running) requests; try again")))
        }
        running += 1
        let attempt = Attempt(completion)
        let bound = LoopBound((dispatcher: self, attempt: attempt), loop)
        let loop = loop
        let task = Task(executorPreference: executor) {
            let outcome: Result<JSON, Failure>
            do throws(Failure) { outcome = .success(try await handler(parameters)) } catch { outcome = .failure(error) }
            loop.perform {
                bound.with { bound in
                    bound.dispatcher.running -= 1
                    if let timer = bound.attempt.timer { bound.dispatcher.loop.cancel(timer) }
                    bound.attempt.finish(outcome)
                }
            }
        }
        attempt.timer = loop.schedule(after: method.deadline) {
            task.cancel()
            let message = "\(method.name) took longer than \(method.deadline.wholeMilliseconds / 1000) s; it may go on"
            attempt.finish(.failure(Failure(.timedOut, message)))
        }
    }
}
