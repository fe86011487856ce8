import Campaigns
import Core
import Glibc
import JSONKit
import Jobs
import Store
import Testing

@testable import Console
@testable import Control

/// Leads and do-not-call lists from the command line.
@Suite(.serialized) struct LeadCommandTests {
    private static let ann: JSON = ["phone": "212-555-7187", "name": "Ann Lee", "plan": "b"]

    @Test func `an import that is waited for shows a bar, what came of the rows, and where the bad ones are told of`()
        async throws
    {
        let bench = try ControlBench()
        bench.jobs.start()
        let path = bench.write("leads.csv", "phone,name\n212-555-7187,Ann\n12,Bob\n(212) 555 7187,Ann\n")
        let console = ConsoleBench(width: 80)
        let done = console.run(
            "lead",
            "import",
            path,
            "--list",
            "spring",
            "--country",
            "US",
            "--wait",
            socket: bench.path
        )
        #expect(done.code == 0 && done.output.contains("\r") && done.output.contains("done"), "\(done)")
        #expect(done.output.contains("\(path).refused.jsonl"), "\(done)")
        let imported = try await bench.store.log.read(after: 0, topics: [.leadsImported], limit: 10)
        #expect(imported.map(\.event.key) == ["spring"])
        #expect(imported.first?.event.data == ["taken": 1, "updated": 0, "duplicates": 1, "refused": 1])
        // The same file once more is another import.
        let again = console.run(
            "lead",
            "import",
            path,
            "--list",
            "spring",
            "--country",
            "US",
            "--wait",
            socket: bench.path
        )
        #expect(again.code == 0)
        let events = try await bench.store.log.read(after: 0, topics: [.leadsImported], limit: 10)
        #expect(events.last?.event.data["duplicates"] == 2 && events.count == 2)
        await bench.jobs.stop()
    }

    @Test func `a file that cannot be imported is refused at once, with the fix`() throws {
        let bench = try ControlBench()
        let peer = try bench.connect()
        func refusal(_ parameters: JSON) throws -> JSON? { try peer.call("lead.import", parameters)["error"] }
        let missing = try refusal(["path": "/nowhere/leads.csv", "list": "l"])
        #expect(missing?["data"]?["field"] == "path")
        #expect(missing?["message"]?.string?.contains("No such file") == true)
        let path = bench.write("a.csv", "name\nAnn\n")
        #expect(try refusal(["path": .string(path), "list": "l"])?["message"]?.string?.contains("phone") == true)
        #expect(try refusal(["list": "l"])?["data"]?["field"] == "path")
        let both = try refusal(["path": .string(path), "list": "l", "source": "crm"])
        #expect(both?["message"]?.string?.contains("leave it out") == true)
    }

    @Test func `a pipe is no file, and nobody waits for it`() throws {
        let bench = try ControlBench()
        let pipe = bench.write("pipe.csv", "")
        unlink(pipe)
        #expect(mkfifo(pipe, 0o600) == 0)
        let error = try bench.connect().call("lead.import", ["path": .string(pipe), "list": "l"])["error"]
        #expect(error?["message"]?.string?.contains("must be a file") == true)
    }

    @Test func `what is no time is refused by its member, and the lead stays as it is`() throws {
        let bench = try ControlBench()
        let peer = try bench.connect()
        _ = try peer.call("lead.add", ["list": "l", "country": "US", "leads": [Self.ann]])
        let lead = Lead.id(list: "l", number: "+12125557187")
        for name in ["callback_at", "next_at"] {
            let error = try peer.call("lead.update", ["lead_id": .string(lead), name: "tomorrow 17:00"])["error"]
            #expect(error?["data"]?["field"]?.string == name, "\(error ?? .null)")
        }
    }

    @Test func `leads that are none are told of by place and member, and the others are taken`() async throws {
        let bench = try ControlBench()
        let peer = try bench.connect()
        let answer = try peer.call(
            "lead.add",
            ["list": "l", "country": "US", "leads": [Self.ann, ["phone": "12"], ["phone": "212 555 7187"]]]
        )["result"]
        #expect(answer?["taken"] == 1 && answer?["duplicates"] == 1 && answer?["refused"] == 1)
        #expect(answer?["problems"]?[0]?["index"] == 1 && answer?["problems"]?[0]?["field"] == "phone")
        let many = JSON.array(Array(repeating: Self.ann, count: 1001))
        #expect(try peer.call("lead.add", ["list": "l", "leads": many])["error"] != nil)
    }

    @Test func `explain says of each rule whether it allows a call, as a table for people`() async throws {
        let bench = try ControlBench()
        try await bench.addCampaign("spring-service", lists: ["spring"])
        let peer = try bench.connect()
        _ = try peer.call("lead.add", ["list": "spring", "country": "US", "leads": [Self.ann]])
        _ = try peer.call("dnc.add", ["patterns": ["212-555-7187"], "country": "US", "reason": "asked for it"])
        let lead = Lead.id(list: "spring", number: "+12125557187")
        let shown = ConsoleBench(width: 120).run("lead", "explain", lead, socket: bench.path)
        #expect(shown.code == 0)
        for word in ["RULE", "suppressed", "consent", "window", "spring-service", "no"] {
            #expect(shown.output.contains(word), "\(word): \(shown.output)")
        }
        let answer = try peer.call("lead.explain", ["lead_id": .string(lead), "at": "2026-11-23T17:00:00Z"])["result"]
        #expect(answer?["allowed"] == false && answer?["at"] == "2026-11-23T17:00:00.000Z")
        let verdicts = answer?["verdicts"]?.array ?? []
        #expect(verdicts.first { $0["rule"] == "suppressed" }?["allowed"] == false)
        #expect(verdicts.first { $0["rule"] == "state" }?["allowed"] == true)
        let never = try peer.call("lead.explain", ["lead_id": .string(lead), "at": "tomorrow"])["error"]
        #expect(never?["data"]?["field"] == "at")
        let stranger = try peer.call("lead.explain", ["lead_id": .string(lead), "campaign": "other"])["error"]
        #expect(stranger?["data"]?["error"] == "not_found")
    }

    @Test func `a lead is changed, called back, closed and reopened, each with its event`() async throws {
        let bench = try ControlBench()
        let peer = try bench.connect()
        _ = try peer.call("lead.add", ["list": "spring", "country": "US", "leads": [Self.ann]])
        let lead: JSON = .string(Lead.id(list: "spring", number: "+12125557187"))
        let updated = try peer.call(
            "lead.update",
            ["lead_id": lead, "lead": ["name": "Anna", "colour": "red"], "callback_at": "2026-11-24T17:00:00Z"]
        )["result"]
        #expect(updated?["name"] == "Anna" && updated?["fields"] == ["plan": "b", "colour": "red"])
        #expect(updated?["next_at"] == "2026-11-24T17:00:00.000Z")
        let wrong = try peer.call("lead.update", ["lead_id": lead, "lead": ["score": "high"]])["error"]
        #expect(wrong?["data"]?["field"] == "lead.score")
        #expect(try peer.call("lead.close", ["lead_id": lead])["result"]?["state"] == "closed")
        let reopened = try peer.call("lead.update", ["lead_id": lead, "reopen": true])["result"]
        #expect(reopened?["state"] == "ready" && reopened?["reason"] == "")
        let events = try await bench.store.log.read(after: 0, topics: [.leadUpdated], limit: 10)
        #expect(events.map { $0.event.data["state"] } == ["ready", "closed", "ready"])
    }

    @Test func `do-not-call entries are numbers in any form, or beginnings, and doubt is refused`() throws {
        let bench = try ControlBench()
        let peer = try bench.connect()
        let patterns: JSON = ["+1 212 555 7187", "+1900*"]
        #expect(try peer.call("dnc.add", ["patterns": patterns])["result"] == ["added": 2, "known": 0])
        #expect(try peer.call("dnc.add", ["patterns": patterns])["result"] == ["added": 0, "known": 2])
        let doubt = try peer.call("dnc.add", ["patterns": ["+12125557188", "212"]])["error"]
        #expect(doubt?["data"]?["field"] == "patterns[1]")
        let star = try peer.call("dnc.add", ["patterns": ["+*"]])["error"]
        #expect(star?["message"]?.string?.contains("+1900*") == true)
        let nowhere = try peer.call("dnc.add", ["patterns": ["+12125557188"], "campaign": "nope"])["error"]
        #expect(nowhere?["data"]?["error"] == "not_found" && nowhere?["data"]?["field"] == "campaign")
        let listed = ConsoleBench(width: 100).run("dnc", "list", socket: bench.path)
        #expect(listed.output.contains("+12125557187") && listed.output.contains("+1900*"))
        #expect(!listed.output.contains("+12125557188"))
        #expect(ConsoleBench().run("dnc", "remove", "+1900*", socket: bench.path).code == 0)
        #expect(ConsoleBench().run("dnc", "remove", "+1900*", socket: bench.path).code != 0)
    }
}
