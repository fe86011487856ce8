import Core
import JSONKit
import RPCSchema
import Routes
import Testing
import WarehouseKit

@testable import Console

/// Ready-made questions over the socket and on the command line, against the real embedded warehouse.
@Suite struct AnalyticsTests {
    let bench: ControlBench
    let console = ConsoleBench()

    init() throws { bench = try ControlBench(plugins: ["warehouse-sqlite"]) }

    /// Two answered calls and one that nobody settled, on one afternoon.
    private func load() async throws {
        var tables: [String: [JSON]] = [:]
        for (number, resolution) in ["resolved", "resolved", "unresolved"].enumerated() {
            let rows = try Rows.of([
                "id": .string("evt_\(number)"), "topic": "call.ended", "key": .string("call_\(number)"),
                "at": .string("2026-11-23T1\(4 + number / 2):30:00.000Z"),
                "data": [
                    "direction": "inbound", "disposition": "booked, \"soon\"", "duration_s": 60,
                    "resolution": .string(resolution),
                ],
            ])
            for (table, more) in rows { tables[table, default: []] += more }
        }
        let request: JSON = [
            "op": "load", "batch_id": "b1", "tables": .object(JSONObject(tables.map { ($0.key, .array($0.value)) })),
        ]
        _ = try await bench.routes.ask(.warehouse, .json(request))
    }

    private func ask(_ name: String, _ parameters: JSONObject = ["from": "2026-11-23", "to": "2026-11-24"]) throws
        -> JSON
    {
        var parameters = parameters
        parameters["name"] = .string(name)
        return try bench.connect().call("analytics.query", .object(parameters))
    }

    @Test func `every question of the warehouse is listed with its columns, and answered with them`() async throws {
        try await load()
        let list = try bench.connect().call("analytics.list")["result"]?["items"]?.array ?? []
        #expect(list.map { $0["name"]?.string } == WarehouseKit.Question.allCases.map(\.rawValue))
        for question in list {
            let answer = try ask(#require(question["name"]?.string))
            #expect(answer["result"]?["columns"] == question["columns"], "\(answer)")
            let measure = try #require(question["measure"]?.string)
            #expect(question["columns"]?.array?.contains(.string(measure)) == true)
        }
        let hours = try ask("calls_per_hour")["result"]?["rows"]
        #expect(hours == [["2026-11-23T14:00:00Z", 2, 2, 0, 60.0], ["2026-11-23T15:00:00Z", 1, 1, 0, 60.0]])
    }

    @Test func `an unknown question gets the names of those that there are`() throws {
        let error = try ask("call_per_hour")["error"]
        #expect(error?["data"]?["error"] == "not_found" && error?["data"]?["field"] == "name")
        for question in WarehouseKit.Question.allCases {
            #expect(error?["message"]?.string?.contains(question.rawValue) == true)
        }
    }

    @Test(arguments: [
        ("from", "yesterday", "24h or 7d"), ("to", "2026-13-01", "24h or 7d"), ("from", "2026-11-25", "earlier `from`"),
        ("from", "2026-11-24", "earlier `from`"),
    ])
    func `a time that makes no sense is named with what would`(field: String, value: String, hint: String) throws {
        var parameters: JSONObject = ["from": "2026-11-23", "to": "2026-11-24"]
        parameters[field] = .string(value)
        let error = try ask("latency", parameters)["error"]
        #expect(error?["data"]?["error"] == "invalid_params" && error?["data"]?["field"]?.string == field)
        #expect(error?["message"]?.string?.contains(hint) == true, "\(error ?? .null)")
    }

    @Test func `times may be left out or be so long ago`() async throws {
        try await load()
        let day = try #require(try ask("latency", [:])["result"])
        let (from, to) = (Instant(parsing: day["from"]?.string ?? ""), Instant(parsing: day["to"]?.string ?? ""))
        #expect(try #require(to).unixMilliseconds - #require(from).unixMilliseconds == 86_400_000)
        let week = try #require(try ask("latency", ["from": "2w", "to": "1w"])["result"])
        let (start, end) = (Instant(parsing: week["from"]?.string ?? ""), Instant(parsing: week["to"]?.string ?? ""))
        #expect(try #require(end).unixMilliseconds - #require(start).unixMilliseconds == 604_800_000)
    }

    @Test func `without a warehouse it is said which route is missing`() throws {
        let bare = try ControlBench()
        let error = try bare.connect().call("analytics.query", ["name": "latency"])["error"]
        #expect(error?["data"]?["error"] == "not_found")
        #expect(error?["message"]?.string?.contains("routes.warehouse") == true)
    }

    @Test func `people get a table with bars, programs JSON or CSV, and the verb may be left out`() async throws {
        try await load()
        let times = ["--from", "2026-11-23", "--to", "2026-11-24"]
        let terminal = ConsoleBench(width: 100)
        let table = terminal.run(
            "analytics",
            "calls_per_hour",
            times[0],
            times[1],
            times[2],
            times[3],
            socket: bench.path
        )
        #expect(table.code == 0, "\(table)")
        let lines = table.output.split(separator: "\n")
        #expect(lines[0].hasPrefix("calls per hour, from "))
        #expect(lines[2].filter { $0 == "█" }.count == 2 * lines[3].filter { $0 == "█" }.count)
        for line in lines { #expect(String(line).displayWidth <= 100) }
        let words = ["analytics", "query", "dispositions"] + times
        let csv = console.run(
            words[0],
            words[1],
            words[2],
            words[3],
            words[4],
            words[5],
            words[6],
            "--csv",
            socket: bench.path
        )
        #expect(csv.output == "disposition,calls,share,duration_s\n\"booked, \"\"soon\"\"\",3,1.0,60.0\n", "\(csv)")
        let json = console.run("analytics", "resolution", times[0], times[1], "--json", socket: bench.path)
        #expect(try JSON(parsing: json.output)["rows"]?[0]?[0] == "resolved")
        let list = console.run("analytics", socket: bench.path)
        #expect(list.output.contains("calls_per_hour"))
        #expect(console.run("plugin", "list", "--csv", socket: bench.path).errors.contains("--csv is no flag"))
        #expect(console.run("analytics", "--help").output.contains("Usage: patchbay analytics VERB"))
    }
}
