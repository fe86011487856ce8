import Core
import JSONKit
import RPCSchema
import Testing

@testable import Console

/// The command line against a running control plane.
@Suite struct ConsoleTests {
    let bench: ControlBench
    let console = ConsoleBench()

    init() throws { bench = try ControlBench(plugins: ["embedder-hash", "llm-templates"]) }

    @Test func `a table for people, JSON for programs`() throws {
        let table = console.run("plugin", "list", socket: bench.path)
        #expect(table.code == 0)
        let lines = table.output.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[0].hasPrefix("NAME"))
        #expect(lines[1].hasPrefix("embedder-hash  embedder"))
        let json = console.run("plugin", "list", "--json", socket: bench.path)
        #expect(try JSON(parsing: json.output)["items"]?.array?.count == 2)
        let flagFirst = console.run("--json", "--socket", bench.path, "plugin", "list")
        #expect(try JSON(parsing: flagFirst.output)["items"]?.array?.count == 2)
    }

    @Test func `a narrow terminal cuts the widest column, not the line`() throws {
        let narrow = ConsoleBench(width: 60).run("plugin", "list", socket: bench.path)
        for line in narrow.output.split(separator: "\n") { #expect(String(line).displayWidth <= 60) }
        #expect(narrow.output.contains("…"))
    }

    @Test func `exit codes tell what went wrong`() throws {
        #expect(console.run("system", "health", socket: bench.path).code == 0)
        let unknown = console.run("call", "get", "call_x", socket: bench.path)
        #expect(unknown.code == 1)
        #expect(unknown.errors.contains("no call is called call_x"))
        #expect(console.run("call", "get", socket: bench.path).code == 2)
        let nobody = console.run("system", "health")
        #expect(nobody.code == 3)
        #expect(nobody.errors.contains("patchbay serve"))
    }

    @Test func `an error for programs is JSON too`() throws {
        let answer = console.run("call", "get", "call_x", "--json", socket: bench.path)
        #expect(answer.code == 1)
        #expect(try JSON(parsing: answer.output)["error"]?["data"]?["error"] == "call_not_live")
    }

    @Test(arguments: [
        (["plugn", "list"], "did you mean plugin?"), (["plugin", "lst"], "did you mean list?"),
        (["plugin", "swap", "x", "--pth", "y"], "did you mean --path?"), (["plugin", "swap"], "name is missing"),
        (["event", "list", "--limit", "many"], "must be an integer"),
        (["event", "list", "--limit", "0"], "at least 1"),
        (["event", "list", "--topics", "call.endet"], "must be one of"),
        (["call", "say", "x", "two", "words"], "quotes"),
        (["agent", "put", "@missing.json"], "No such file"), (["agent", "put", "{"], "not JSON"),
        (["event", "list", "--limit"], "needs a value"), (["completions", "csh"], "bash, zsh and fish"),
    ])
    func `a wrong command line says what would be right`(arguments: [String], hint: String) {
        let output = ConsoleBench()
        let environment = Environment(socket: "/nowhere", workingFolder: "/") { path throws(ConsoleFailure) in
            throw .usage("\(path): No such file or directory")
        }
        #expect(Console.run(arguments: arguments, output: output, environment: environment) == 2)
        #expect(output.complaints.contains(hint), "\(output.complaints)")
    }

    @Test func `a document is read from a file, from standard input, or given as it is`() throws {
        let document = #"{"name":"front-desk","stages":[{"name":"intro"}]}"#
        let files = ["desk.json": document, "-": document]
        for source in ["@desk.json", "-", document] {
            let check = console.run("agent", "check", source, socket: bench.path, files: files)
            #expect(check.code == 0, "\(check)")
            #expect(check.output.contains("valid: yes"))
        }
        let bad = console.run("agent", "check", #"{"name":"x","stages":[],"greting":"Hi"}"#, socket: bench.path)
        #expect(bad.code == 1, "what is not valid fails, for scripts")
        #expect(bad.output.contains("stages"))
    }

    @Test func `lists are given with commas or one by one`() throws {
        let interface = try Interface()
        let operation = try #require(interface.method("event.list"))
        let environment = Environment(socket: nil, workingFolder: "/") { _ throws(ConsoleFailure) in [] }
        for words in [["--topics", "call.started,call.ended"], ["--topics=call.started", "--topics", "call.ended"]] {
            let invocation = try Invocation(operation, interface, words, environment)
            #expect(invocation.parameters["topics"] == ["call.started", "call.ended"])
        }
    }

    @Test func `paths are made absolute by the client, and dashes are underscores`() throws {
        let interface = try Interface()
        let operation = try #require(interface.method("plugin.swap"))
        let environment = Environment(socket: "/s", workingFolder: "/home/operator") { _ throws(ConsoleFailure) in [] }
        let words = ["llm-templates", "../new/./libx.so", "--drain-s=1.5", "--config", #"{"a":1}"#]
        let invocation = try Invocation(operation, interface, words, environment)
        #expect(
            invocation.parameters
                == ["name": "llm-templates", "path": "/home/new/libx.so", "drain_s": 1.5, "config": ["a": 1]]
        )
        let named = try Invocation(operation, interface, ["--path", "a.so", "--name", "x"], environment)
        #expect(named.parameters["path"] == "/home/operator/a.so")
    }

    @Test func `every method has help, and every parameter is in it`() throws {
        let interface = try Interface()
        for operation in interface.callable {
            let help = console.run("help", operation.namespace, operation.verb)
            #expect(help.code == 0)
            for parameter in operation.parameters { #expect(help.output.contains("--\(parameter.name)")) }
            if !operation.hints.isHidden {
                #expect(console.run("help").output.contains("\(operation.namespace) \(operation.verb)"))
            }
            for name in operation.hints.positional {
                #expect(operation.parameters.contains { $0.name == name }, "\(operation.name): \(name)")
            }
        }
    }

    @Test func `every example of the document can be typed`() throws {
        let interface = try Interface()
        let environment = Environment(socket: "/s", workingFolder: "/") { _ throws(ConsoleFailure) in [] }
        for operation in interface.callable {
            for example in operation.examples {
                let words = example.parameters.map { "--\($0.key)=\($0.value.string ?? $0.value.description)" }
                let invocation = try Invocation(operation, interface, words, environment)
                #expect(invocation.parameters == example.parameters, "\(operation.name)")
            }
        }
    }

    @Test func `widths are those of a terminal`() {
        #expect("naïve".displayWidth == 5)
        #expect("e\u{301}".displayWidth == 1)
        #expect("日本".displayWidth == 4)
        #expect("日本語".fitted(to: 5) == "日本…")
        #expect("a\u{1B}[2Jb\n".printable == "a [2Jb ")
    }
}
