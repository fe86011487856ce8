import Core
import JSONKit
import Services
import Store
import Testing

@testable import Campaigns

@Suite(.serialized) struct LeadImportTests {
    @Test func `a file of CSV becomes leads, and each bad row is told of with line and reason`() async throws {
        let bench = try LeadBench()
        let path = bench.write(
            "leads.csv",
            "\u{FEFF}phone;name;note\r\n212-555-7187;Ann;\"two\r\nlines\"\r\n12;Bob;\r\n\r\n+1 (212) 555 7187;Ann again;\r\n"
                + "212-555-7188;too;many;values\r\n212-555-7189;\"open;x\r\n212-555-7190;Nul\0;\r\n212-555-7191;\"Zoë\";\"\""
        )
        let tally = try await bench.run(path)
        #expect(tally.taken == 2 && tally.duplicates == 1 && tally.refused == 4)
        let leads = try await bench.store.leads.list()
        #expect(Set(leads.map(\.name)) == ["Ann", "Zoë"])
        #expect(leads.first { $0.name == "Ann" }?.fields == ["note": "two\r\nlines"])
        let refused = try #require(try bench.lines(path + ".refused.jsonl"))
        #expect(refused.map { $0["line"] } == [4, 7, 8, 9])
        let reasons = refused.compactMap { $0["reason"]?.string }
        #expect(reasons[0].hasPrefix("phone: ") && reasons[1].contains("4 values, and the header names 3"))
        #expect(reasons[2].contains("quote") && reasons[3].contains("NUL"))
        #expect(!reasons.joined().contains("555"), "no numbers in there")
    }

    @Test func `JSON Lines are read alike, and a file without bad rows leaves no file behind`() async throws {
        let bench = try LeadBench()
        let path = bench.write(
            "leads.jsonl",
            "{\"tel\": \"+12125557187\", \"fields\": {\"plan\": \"b\"}}\n\n{\"tel\": 12125557188, \"seats\": 3}\n"
        )
        let tally = try await bench.run(path, name: "good")
        #expect(tally.taken == 2 && tally.refused == 0)
        let bad = bench.write("bad.jsonl", "[1]\n{\"tel\": \n{\"tel\": \"+12125557189\"}")
        #expect(try await bench.run(bad, name: "bad").refused == 2)
        let fine = bench.write("fine.jsonl", "{\"tel\": \"+12125557190\"}\n")
        #expect(try await bench.run(fine, name: "fine").taken == 1)
        #expect(try bench.lines(fine + ".refused.jsonl") == nil)
    }

    @Test func `Latin-1 is refused with the line and the fix, before any row is taken, and converted where asked`()
        async throws
    {
        let bench = try LeadBench()
        var bytes = Array("phone,name\n212-555-7187,Ann\n212-555-7188,Zo".utf8)
        bytes += [0xEB, 0x20, 0x93, 0x41, 0x94, 10]
        let path = bench.write("leads.csv", bytes)
        let failure = await #expect(throws: LeadImportFailure.self) { try await bench.run(path) }
        #expect(failure?.message.contains("line 3 is not UTF-8 (byte 0x") == true)
        #expect(failure?.message.contains("--encoding latin-1") == true && failure?.isRetryable == false)
        #expect(try await bench.store.leads.list().isEmpty)
        #expect(try await bench.run(path) { $0.encoding = .latin1 }.taken == 2)
        #expect(try await bench.store.leads.list().map(\.name).contains("Zoë “A”"))
    }

    @Test func `files that are none are refused as a whole: what is missing is named`() async throws {
        let bench = try LeadBench()
        func failure(_ path: String) async -> String {
            do { return "\(try await bench.run(path))" } catch { return "\(error)" }
        }
        #expect(await failure("\(bench.folder)/nowhere.csv").contains("No such file"))
        #expect(await failure(bench.folder).contains("must be a file"))
        #expect(await failure(bench.write("a.csv", "name,age\nx,1\n")).contains("names no column number"))
        #expect(await failure(bench.write("b.csv", [0xFF, 0xFE, 0x70, 0])).contains("UTF-16"))
        #expect(await failure(bench.write("c.csv", "")).contains("header"))
        #expect(await failure(bench.write("e.csv", "phone,name\r212-555-7187,Ann\r")).contains("end in CR alone"))
        #expect(await failure(bench.write("f.csv", "phone,note,note\n1,a,b\n")).contains("names note twice"))
        let alike = await failure(bench.write("g.csv", "phone,tz,Time Zone\n1,a,b\n"))
        #expect(alike.contains("tz and Time Zone, which mean the same"))
        let wide = [UInt8](repeating: UInt8(ascii: ","), count: 1_500_000)
        #expect(await failure(bench.write("d.csv", Array("phone".utf8) + wide)).contains("more than 1000 values"))
    }

    @Test func `a row of ten million columns, and one that does not end, cost a line each`() async throws {
        let bench = try LeadBench()
        let wide = [UInt8](repeating: UInt8(ascii: ","), count: 10_000_000)
        let open = [UInt8](repeating: UInt8(ascii: "x"), count: 3_000_000)
        let path = bench.write(
            "leads.csv",
            Array("phone,name\n".utf8) + wide + Array("\n212-555-7187,Ann\n\"".utf8) + open
                + Array("\n212-555-7188,Bob\n".utf8)
        )
        let tally = try await bench.run(path)
        #expect(tally.taken == 2 && tally.refused == 2)
        #expect(try bench.lines(path + ".refused.jsonl")?.map { $0["line"] } == [2, 4])
    }

    @Test(arguments: [false, true])
    func `an import that ends early goes on where it was, and counts every row once`(isPostgres: Bool) async throws {
        let server = isPostgres ? try PostgresServer() : nil
        let bench = try LeadBench(postgres: try server?.database())
        var text = "number,name\n"
        // Every tenth is none, every seventh comes twice.
        for index in 0..<5000 {
            let number = index % 10 == 9 ? "x" : LeadBench.number(index % 7 == 6 ? index - 1 : index)
            text += "\(number),\"n\n\(index)\"\n"
        }
        let path = bench.write("leads.csv", text)
        let whole = try await bench.run(path, list: "m", name: "whole")
        let all = try #require(try bench.lines(path + ".refused.jsonl"))
        for stop in [1, 1, 2] {
            await #expect(throws: LeadImportFailure.self) { try await bench.run(path, until: stop) }
            // A kill behind the file of refused rows and before the commit: those lines are not doubled.
            let lines = try #require(try bench.lines(path + ".refused.jsonl"))
            _ = bench.write(
                "leads.csv.refused.jsonl",
                (lines + [["line": 1, "reason": "never committed"]]).map { "\($0)\n" }.joined()
            )
        }
        let tally = try await bench.run(path)
        #expect(tally == whole && tally.taken > 3000 && tally.duplicates > 0 && tally.refused == 500)
        #expect(try bench.lines(path + ".refused.jsonl") == all)
        let counts = try await bench.store.leads.counts()
        #expect(counts.map(\.count) == [Int64(tally.taken), Int64(tally.taken)])
        // Once more, it is at the end.
        #expect(try await bench.run(path) == whole)
        _ = bench.write("leads.csv", text + "x,y\n")
        let failure = await #expect(throws: LeadImportFailure.self) { try await bench.run(path) }
        #expect(failure?.message.contains("was changed while it was imported") == true)
    }
}
