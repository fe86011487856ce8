import Core
import JSONKit
import RPCSchema
import Store
import Synchronization
import Testing

@testable import Control

/// The document and the server say the same.
@Suite struct ExampleTests {
    static let plugins = ["telephony-twilio", "llm-templates", "embedder-hash", "warehouse-sqlite"]
    let interface: Interface

    init() throws { interface = try Interface() }

    @Test func `the registered methods are those of the document`() throws {
        let bench = try ControlBench()
        let peer = try bench.connect()
        for operation in interface.callable {
            let answer = try peer.call(operation.name, ["no such parameter": true])
            #expect(answer["error"]?["data"]?["error"] == "invalid_params", "\(operation.name) is registered")
        }
        let discovered = try peer.call("rpc.discover")["result"]
        #expect(discovered == interface.document)
    }

    @Test func `the errors of the code are those of the document`() {
        #expect(Set(Failure.Name.allCases.map(\.rawValue)) == Set(interface.faults.keys))
        let codes = interface.faults.values.map(\.code)
        #expect(Set(codes).count == codes.count)
        #expect(codes.allSatisfy { $0 > 0 })
        for operation in interface.methods {
            for fault in operation.faults { #expect(interface.faults[fault] != nil, "\(operation.name): \(fault)") }
        }
    }

    @Test func `every method has a summary, an example, and a result whose members are spelled out`() throws {
        for operation in interface.methods {
            #expect(!operation.summary.isEmpty)
            #expect(!operation.examples.isEmpty, "\(operation.name)")
            for parameter in operation.parameters { #expect(!parameter.summary.isEmpty, "\(operation.name)") }
            guard let result = operation.result else { continue }
            let shape = interface.resolve(result)
            #expect(shape["properties"]?.object?.isEmpty == false, "\(operation.name)")
            #expect(shape["additionalProperties"] == false, "\(operation.name)")
        }
    }

    @Test func `every example is executed and its answer has the promised shape`() async throws {
        let bench = try ControlBench(plugins: Self.plugins)
        let log = bench.store.log
        let event = Event(.transcriptFinal, key: ControlBench.call, data: ["text": "my front brake squeaks"])
        try await log.append(event)
        let review = Job(Job.Key("review", ControlBench.call), due: .now(), made: .now())
        try await bench.store.jobs.add([review], bound: 10)
        try await bench.addCampaign("bicycle-owners", lists: ["spring"])
        let file = bench.write("spring.csv", "phone,name\n212-555-7189,Bea Ray\n")
        let peer = try bench.connect()
        _ = try peer.call("agent.put", ["document": ["name": "front-desk", "stages": [["name": "intro"]]]])
        for operation in interface.callable {
            let schema = try JSONSchema(#require(operation.result), definitions: interface.schemas)
            for example in operation.examples {
                try schema.check(#require(example.result), at: "the document's \(operation.name)")
                let answer = try peer.call(operation.name, located(example.parameters, file: file))
                let result = try #require(answer["result"], "\(operation.name): \(answer)")
                try schema.check(result, at: operation.name)
                if example.result?["items"]?.array?.isEmpty == false, operation.namespace != "delivery" {
                    #expect(result["items"]?.array?.isEmpty == false, "\(operation.name) lists something")
                }
            }
        }
        #expect(bench.shutdowns.withLock { $0 } == [.seconds(0)])
        #expect(bench.said.withLock { $0 } == ["A colleague will be with you in a minute."])
    }

    @Test func `the notifications' examples have the promised parameters`() throws {
        for operation in interface.methods where operation.isNotification {
            let schema = try JSONSchema(operation.parameterSchema, definitions: interface.schemas)
            for example in operation.examples { try schema.check(.object(example.parameters), at: operation.name) }
        }
    }

    /// The document names installed libraries, which are beside the tests here, and a file of leads.
    private func located(_ parameters: JSONObject, file: String) -> JSON {
        var result = parameters
        if parameters["path"]?.string?.hasSuffix(".csv") == true { result["path"] = .string(file) }
        if let path = parameters["path"]?.string, path.hasSuffix(".so"), let slash = path.lastIndex(of: "/") {
            result["path"] = .string(ControlBench.libraries + path[slash...])
        }
        return .object(result)
    }
}
