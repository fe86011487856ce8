import Calls
import Core
import Glibc
import IO
import JSONKit
import PluginHost
import Routes
import Synchronization
import Testing

@testable import patchbay

/// The tools of agents, against a server of our own.
@Suite struct ToolRunnerTests {
    /// Answers with what it was asked.
    private final class Mirror: HTTPHandler {
        func handle(_ request: HTTPRequest, on loop: SocketLoop, respond: @escaping (HTTPResponse) -> Void) {
            if request.path == "/broken" {
                return respond(HTTPResponse(status: 500, body: Array(#"{"error":{"message":"no disk"}}"#.utf8)))
            }
            let json: JSON = [
                "method": .string(request.method), "path": .string(request.path), "query": .string(request.query),
                "key": .string(request.header("authorization") ?? ""),
                "body": .string(String(decoding: request.body, as: UTF8.self)),
            ]
            respond(HTTPResponse(status: 200, body: Array(json.description.utf8)))
        }

        func upgrade(_ request: HTTPRequest, on loop: SocketLoop) -> WebSocketDecision {
            .refuse(status: 404)
        }
    }

    private struct Bench {
        let port: Int
        let folder: String
        let registry: Registry
        let runner: ToolRunner
        let stop: @Sendable () -> Void
    }

    private func bench() throws -> Bench {
        var template = Array("/tmp/patchbay-tools-XXXXXX".utf8CString)
        let folder = String(cString: mkdtemp(&template))
        let secret = fopen("\(folder)/offers_key", "w")
        fputs("s3cret", secret)
        fclose(secret)
        chmod("\(folder)/offers_key", 0o600)
        let loop = try SocketLoop(name: "tools", headers: ["authorization"])
        let server = try HTTPServer(host: "127.0.0.1", port: 0, loops: [loop], handler: Mirror())
        let service = try PollLoop(name: "service")
        server.start()
        loop.start()
        service.start()
        let http = HTTPClient(loop: service)
        let host = HostServices(loop: service, http: http, secretsFolder: folder)
        let registry = Registry(folder: folder, host: host) { _ in }
        let runner = ToolRunner(
            http: http,
            secrets: host,
            routes: RouteTable(registry: registry, loop: service),
            search: { collection, text, _ in
                collection == "handbook" ? [Passage(text: "About \(text)", score: 1, document: "d", heading: "")] : nil
            }
        )
        return Bench(port: server.port, folder: folder, registry: registry, runner: runner) {
            server.stopListening()
            loop.stop()
            service.stop()
            _ = system("rm -rf '\(folder)'")
        }
    }

    private func run(
        _ bench: Bench,
        _ work: JSON,
        kind: String = "http",
        _ arguments: JSON = [:],
        phone: String = ""
    ) async throws -> ToolOutcome {
        let document: JSON = [
            "name": "x", "stages": [["name": "a"]],
            "tools": [["name": "t", .init(kind): work, "timeout_ms": 2000]],
        ]
        let tool = try #require(try AgentDocument(document).tool("t"))
        return await bench.runner.run(ToolRequest(call: .make(), tool: tool, arguments: arguments, phone: phone))
    }

    @Test func `arguments go into the address, the query or the body, and secrets into headers`() async throws {
        let bench = try bench()
        defer { bench.stop() }
        let get = try await run(
            bench,
            [
                "url": .string("http://127.0.0.1:\(bench.port)/offers/{day}"), "allow_private": true,
                "headers": ["Authorization": "Bearer {secret:offers_key}"],
            ],
            ["day": "1/12", "people": 4]
        )
        guard case .answered(let answer) = get else { throw Unexpected(get) }
        #expect(answer["path"] == "/offers/1/12" || answer["path"] == "/offers/1%2F12")
        #expect(answer["query"] == "people=4")
        #expect(answer["key"] == "Bearer s3cret")
        let post = try await run(
            bench,
            ["method": "post", "url": .string("http://127.0.0.1:\(bench.port)/book"), "allow_private": true],
            ["day": "Tuesday"]
        )
        guard case .answered(let booked) = post else { throw Unexpected(post) }
        #expect(booked["method"] == "POST")
        #expect(booked["body"] == #"{"day":"Tuesday"}"#)
    }

    @Test func `what fails says why, and no secret`() async throws {
        let bench = try bench()
        defer { bench.stop() }
        let broken = try await run(
            bench,
            ["url": .string("http://127.0.0.1:\(bench.port)/broken"), "allow_private": true]
        )
        #expect(broken == .failed("t: HTTP 500: no disk"))
        let inside = try await run(bench, ["url": .string("http://127.0.0.1:\(bench.port)/offers")])
        guard case .failed = inside else { throw Unexpected(inside) }
        let missing = try await run(bench, ["url": "https://example.org/", "headers": ["x": "{secret:nobody}"]])
        #expect(missing == .failed("t: the secret nobody is not there"))
    }

    @Test func `a search finds passages, or says that it cannot`() async throws {
        let bench = try bench()
        defer { bench.stop() }
        let found = try await run(bench, ["collection": "handbook"], kind: "lookup", ["query": "prices"])
        guard case .answered(let answer) = found else { throw Unexpected(found) }
        #expect(answer["passages"]?[0]?["text"] == "About prices")
        let lost = try await run(bench, ["collection": "nothing"], kind: "lookup", ["query": "prices"])
        #expect(lost == .failed("t: nothing could not be searched"))
    }

    @Test func `a note for the CRM says whom it is about`() async throws {
        let bench = try bench()
        defer { bench.stop() }
        let config: JSON = ["folder": .string("\(bench.folder)/crm")]
        _ = try bench.registry.load(path: "\(TestHost.binaries)/libcrm-file.so", config: config)
        bench.runner.routes.set(try Route(name: "crm", kind: .crm, steps: [Step(plugin: "crm-file")]))
        let noted = try await run(
            bench,
            ["type": "call.wish"],
            kind: "crm",
            ["text": "Call back"],
            phone: "+4930123456"
        )
        guard case .answered(let answer) = noted, let place = answer["reference"]?.string else {
            throw Unexpected(noted)
        }
        let file = try #require(Files.read("\(bench.folder)/crm/\(place.prefix { $0 != "#" })"))
        let record = try JSON(parsing: String(decoding: file, as: UTF8.self))
        #expect(record["type"] == "call.wish" && record["data"]?["phone"] == "+4930123456")
        #expect(record["data"]?["note"] == ["text": "Call back"])
    }

    private struct Unexpected: Error {
        let outcome: ToolOutcome
        init(_ outcome: ToolOutcome) { self.outcome = outcome }
    }
}
