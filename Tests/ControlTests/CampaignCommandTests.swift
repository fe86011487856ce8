import Campaigns
import Core
import JSONKit
import Store
import Synchronization
import Testing

@testable import Console
@testable import Control

/// `patchbay campaign ...`, as it is typed, against the real store.
@Suite struct CampaignCommandTests {
    private let bench: ControlBench
    private let console = ConsoleBench()

    init() throws {
        bench = try ControlBench()
        let peer = try bench.connect()
        _ = try peer.call("agent.put", ["document": ["name": "front-desk", "stages": [["name": "intro"]]]])
    }

    private static let document = #"{"name":"spring","agent":"front-desk","caller_ids":["+15005550006"],"lists":["l"]}"#

    private func run(_ words: String...) -> (code: Int32, output: String, errors: String) {
        switch words.count {
        case 2: console.run("campaign", words[0], words[1], socket: bench.path)
        case 3: console.run("campaign", words[0], words[1], words[2], socket: bench.path)
        default: console.run("campaign", words[0], socket: bench.path)
        }
    }

    @Test func `a campaign is put, started, paused with a reason and listed with columns`() {
        #expect(run("put", Self.document).code == 0)
        #expect(run("start", "spring").output.contains("running"))
        #expect(run("pause", "spring", "closed today").code == 0)
        let list = run("list").output.split(separator: "\n")
        #expect(
            list[0].split(separator: " ") == [
                "NAME", "STATE", "LIVE", "AGENT", "LISTS", "REVISION", "UPDATED", "REASON",
            ]
        )
        #expect(list[1].hasPrefix("spring  paused") && list[1].hasSuffix("closed today"))
        let again = run("pause", "spring")
        #expect(again.code == 1 && again.errors.contains("spring: is paused"))
    }

    @Test func `a wrong document is refused with all that is wrong, and check says the same without storing`() {
        let wrong = #"{"name":"spring","agent":"front-dsk","caller_ids":["12"],"lists":["l"],"paces":{}}"#
        let put = run("put", wrong)
        #expect(put.code == 1)
        for part in [
            "document.agent: no agent is called front-dsk; did you mean front-desk?", "document.caller_ids[0]",
            "did you mean pace?",
        ] {
            #expect(put.errors.contains(part), "\(put.errors)")
        }
        let check = run("check", wrong)
        #expect(check.code == 1 && check.output.split(separator: "\n").count == 6, "\(check.output)")
        #expect(run("list").output == "Nothing.\n")
        #expect(run("check", Self.document).code == 0)
    }

    @Test func `a report is a table, CSV, JSON, or a page in a file`() async throws {
        _ = run("put", Self.document)
        let leads = (0..<3).map { Lead(list: "l", number: "+1212555010\($0)", made: .now()) }
        _ = try await bench.store.leads.add(leads)
        let terminal = ConsoleBench(width: 100)
        let shown = terminal.run("campaign", "report", "spring", socket: bench.path)
        #expect(shown.code == 0 && shown.output.contains("How far leads came"), "\(shown)")
        #expect(
            shown.output.contains("█") && shown.output.contains("Rules that hold leads back now (3 looked at, 0 free)")
        )
        #expect(shown.output.contains("consent"))
        let csv = run("report", "spring", "--csv").output
        #expect(csv.hasPrefix("How far leads came\nstep,leads,share\nleads,3,1.0\n"), "\(csv)")
        let json = try JSON(parsing: run("report", "spring", "--json").output)
        #expect(json["figures"]?["leads"] == 3 && json["html"] == nil)
        let path = "\(bench.folder)/report.html"
        let page = run("report", "spring", "--html=\(path)")
        #expect(page.code == 0 && page.output == "\(path)\n", "\(page)")
        let text = try #require(Self.read(path))
        #expect(text.hasPrefix("<!doctype html>") && text.contains("<svg "))
        for lead in leads { #expect(!text.contains(lead.number) && !csv.contains(lead.number)) }
    }

    private static func read(_ path: String) -> String? {
        (try? Environment.process.read(path)).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `why leads wait is told by rule`() async throws {
        _ = run("put", Self.document)
        _ = try await bench.store.leads.add([Lead(list: "l", number: "+12125550100", made: .now())])
        let told = run("explain", "spring").output
        #expect(told.contains("looked: 1") && told.contains("consent"), "\(told)")
    }
}

/// Bars of several parts.
@Suite struct StackTests {
    private let stack = Stack(
        columns: ["hour", "no_answer", "none", "busy"],
        rows: [["09:00", 30, 0, 10], ["10:00", 10, 10, 0], ["11:00", 0, 0, 0]]
    )

    @Test func `bars are as long as their sums, and each part has a letter of its own`() throws {
        let lines = try #require(stack.text(width: 60, hasColour: false)).split(separator: "\n")
        #expect(lines[0] == "n no answer  o none  b busy  ")
        let bars = lines.dropFirst().map { $0.split(separator: " ").dropFirst(2).joined() }
        #expect(bars[0].count == 2 * bars[1].count && bars[2].isEmpty)
        #expect(bars[0].count { $0 == "n" } == 3 * bars[0].count { $0 == "b" })
        for line in lines { #expect(String(line).displayWidth <= 60) }
    }

    @Test func `where there is no room there are no bars`() { #expect(stack.text(width: 24, hasColour: false) == nil) }
}
