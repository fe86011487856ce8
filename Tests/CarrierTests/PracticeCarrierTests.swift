import JSONKit
import Testing

@testable import Carrier

/// The simulated carrier over its real sockets, as a host meets it.
@Suite struct PracticeCarrierTests {
    private func bench(
        _ document: JSON = [:],
        seed: UInt64 = 1,
        twiml: String = "<Response><Pause length=\"20\"/></Response>",
        _ body: (PracticeBench) async throws -> Void
    ) async throws {
        let bench = try PracticeBench(document, seed: seed, twiml: twiml)
        defer { bench.stop() }
        try await body(bench)
    }

    private func sid(_ placed: (status: Int, json: JSON)) throws -> String { try #require(placed.json["sid"]?.string) }

    @Test func `a call that is answered is told four times, signed, in order, and ends with its seconds`() async throws
    {
        try await bench { bench in
            let placed = try await bench.place("+15005550006")
            #expect(placed.status == 201 && placed.json["status"] == "queued")
            let sid = try sid(placed)
            let call = try await bench.end(of: sid)
            #expect(call["status"] == "completed")
            let notes = try await bench.told("/status", 4)
            let told = notes.sorted { $0.form["SequenceNumber"] ?? "" < $1.form["SequenceNumber"] ?? "" }
            #expect(told.map { $0.form["CallStatus"] } == ["initiated", "ringing", "in-progress", "completed"])
            #expect(told.map { $0.form["SequenceNumber"] } == ["0", "1", "2", "3"])
            #expect(told.allSatisfy { $0.isSigned && $0.form["CallSid"] == sid })
            let seconds = try #require(told[3].form["CallDuration"].flatMap { Int($0) })
            #expect((20...60).contains(seconds) && call["duration"]?.string == "\(seconds)")
            let voice = try #require(bench.host.notes("/voice").first)
            #expect(voice.isSigned && voice.form["Direction"] == "outbound-api")
            #expect(voice.form["CallStatus"] == "in-progress" && voice.form["To"] == "+15005550006")
        }
    }

    @Test(
        arguments: [
            ("+15005550003", "busy", "486"), ("+15005550004", "no-answer", "487"), ("+15005550002", "failed", "404"),
        ]
    ) func `who does not answer never hears of the host`(to: String, status: String, code: String) async throws {
        try await bench { bench in
            let sid = try sid(await bench.place(to, [("Timeout", "15")]))
            #expect(try await bench.end(of: sid)["status"]?.string == status)
            let count = status == "no-answer" ? 3 : 2
            let last = try await bench.told("/status", count).max {
                $0.form["SequenceNumber"] ?? "" < $1.form["SequenceNumber"] ?? ""
            }
            #expect(last?.form["CallStatus"] == status && last?.form["SipResponseCode"] == code)
            #expect(bench.host.notes("/voice").isEmpty)
        }
    }

    @Test func `what was not subscribed to is not told, and without events only the end is`() async throws {
        try await bench { bench in
            let form = [
                (name: "To", value: "+15005550003"), ("From", "+15005550100"), ("Url", "\(bench.host.address)/voice"),
                ("StatusCallback", "\(bench.host.address)/status"),
            ]
            let sid = try sid(await bench.send("POST", "\(bench.base)/Calls.json", form))
            _ = try await bench.end(of: sid)
            #expect(try await bench.told("/status", 1).map { $0.form["CallStatus"] } == ["busy"])
        }
    }

    @Test(
        arguments: [
            (["From": "+15005550100", "Url": "http://h/"], 21201), (["To": "+15005550006", "Url": "http://h/"], 21213),
            (["To": "+15005550006", "From": "+15005550100"], 21205),
            (["To": "+15005550006", "From": "+15005550100", "Url": "ftp://h/"], 21205),
            (["To": "hello", "From": "+15005550100", "Url": "http://h/"], 21211),
            (["To": "+15005550001", "From": "+15005550100", "Url": "http://h/"], 21211),
            (["To": "+15005550006", "From": "me", "Url": "http://h/"], 21212),
        ]
    ) func `a request that lacks something is refused with the carrier's code`(form: [String: String], code: Int)
        async throws
    {
        try await bench { bench in
            let answer = try await bench.send(
                "POST",
                "\(bench.base)/Calls.json",
                form.map { (name: $0.key, value: $0.value) }
            )
            #expect(answer.status == 400 && answer.json["code"]?.int == Int64(code))
            #expect(try await bench.send("GET", "/practice").json["placed"] == 0)
        }
    }

    @Test func `a stranger, another account and an unknown call get nothing`() async throws {
        try await bench { bench in
            let stranger = try await bench.send("GET", "\(bench.base)/Calls.json", user: "AC1:wrong")
            #expect(stranger.status == 401 && stranger.json["code"] == 20003)
            let other = try await bench.send("GET", "/2010-04-01/Accounts/AC2/Calls.json")
            #expect(other.status == 404)
            let unknown = try await bench.send("POST", "\(bench.base)/Calls/CA1.json", [("Status", "completed")])
            #expect(unknown.status == 404 && unknown.json["code"] == 20404)
        }
    }

    @Test func `a ringing call is canceled, a live one is hung up, and one that is over is neither`() async throws {
        try await bench(["personas": [["name": "late", "kind": "talk", "weight": 1, "rings_s": 500]]]) { bench in
            let sid = try sid(await bench.place("+15005550106", [("Timeout", "600")]))
            _ = try await bench.told("/status", 2)
            let canceled = try await bench.send("POST", "\(bench.base)/Calls/\(sid).json", [("Status", "canceled")])
            #expect(canceled.status == 200 && canceled.json["status"] == "canceled")
            let again = try await bench.send("POST", "\(bench.base)/Calls/\(sid).json", [("Status", "completed")])
            #expect(again.status == 400 && again.json["code"] == 21220)
        }
        try await bench(twiml: "<Response><Pause length=\"2000\"/></Response>") { bench in
            let sid = try sid(await bench.place("+15005550006"))
            _ = try await bench.told("/voice", 1)
            let ended = try await bench.send("POST", "\(bench.base)/Calls/\(sid).json", [("Status", "completed")])
            #expect(ended.json["status"] == "completed")
            #expect(try await bench.told("/status", 4).contains { $0.form["CallDuration"] != nil })
        }
    }

    @Test func `calls are listed newest first, by number, by status and by page`() async throws {
        try await bench { bench in
            var sids: [String] = []
            for to in ["+15005550003", "+15005550002", "+15005550003"] { sids.append(try sid(await bench.place(to))) }
            for sid in sids { _ = try await bench.end(of: sid) }
            func list(_ query: String) async throws -> [String] {
                let answer = try await bench.send("GET", "\(bench.base)/Calls.json?\(query)")
                return answer.json["calls"]?.array?.compactMap { $0["sid"]?.string } ?? []
            }
            #expect(try await list("") == sids.reversed())
            #expect(try await list("To=%2B15005550003") == [sids[2], sids[0]])
            #expect(try await list("Status=failed") == [sids[1]])
            #expect(try await list("PageSize=1&Page=1") == [sids[1]])
            #expect(try await list("StartTime%3E=2999-01-01").isEmpty)
            #expect(try await list("StartTime%3E=2020-01-01&To=%2B15005550002") == [sids[1]])
        }
    }

    @Test func `instructions follow one another until nothing is left`() async throws {
        let first = "<Response><Say>One two.</Say><Redirect>%H/voice/2</Redirect><Hangup/></Response>"
        try await bench { bench in
            bench.host.answer("/voice", first.replacing("%H", with: bench.host.address))
            let action = "\(bench.host.address)/voice/3?a=1&amp;b=2"
            bench.host.answer(
                "/voice/2",
                "<Response><Dial action=\"\(action)\"><Number>+15005550003</Number></Dial></Response>"
            )
            bench.host.answer("/voice/3", "<Response/>")
            let sid = try sid(await bench.place("+15005550006"))
            #expect(try await bench.end(of: sid)["status"] == "completed")
            let dialled = try #require(bench.host.notes("/voice/3").first)
            #expect(dialled.form["DialCallStatus"] == "busy" && dialled.isSigned)
        }
    }

    @Test func `what the host does that a carrier does not take ends the call, and the page says why`() async throws {
        try await bench(twiml: "<Response><Dance/></Response>") { bench in
            let sid = try sid(await bench.place("+15005550006"))
            _ = try await bench.end(of: sid)
            let calls = try await bench.send("GET", "/practice/calls?to=%2B15005550006").json["calls"]
            #expect(calls?[0]?["trouble"]?.string?.contains("<Dance> is not understood") == true)
        }
    }

    @Test func `machine detection tells with the call, or beside it`() async throws {
        try await bench { bench in
            _ = try await bench.place("+15005550005", [("MachineDetection", "Enable")])
            #expect(try await bench.told("/voice", 1)[0].form["AnsweredBy"] == "machine_start")
            _ = try await bench.place(
                "+15005550006",
                [
                    ("MachineDetection", "Enable"), ("AsyncAmd", "true"),
                    ("AsyncAmdStatusCallback", "\(bench.host.address)/amd"),
                ]
            )
            let verdict = try await bench.told("/amd", 1)[0]
            #expect(verdict.form["AnsweredBy"] == "human" && verdict.isSigned)
            #expect(verdict.form["MachineDetectionDuration"].flatMap { Int($0) } ?? 0 > 1000)
            #expect(bench.host.notes("/voice").last?.form["AnsweredBy"] == nil)
        }
    }

    @Test func `an answer that gets lost leaves a call that the list shows`() async throws {
        try await bench(["faults": ["loses_answer": 1]]) { bench in
            await #expect(throws: (any Error).self) { _ = try await bench.place("+15005550003") }
            let listed = try await bench.send("GET", "\(bench.base)/Calls.json?To=%2B15005550003").json["calls"]
            #expect(listed?.array?.count == 1)
        }
    }

    @Test func `settings change while it runs, and nonsense is refused with its field`() async throws {
        try await bench { bench in
            let refused = try await bench.send("POST", "/practice/settings", body: #"{"faults":{"refuses":2}}"#)
            #expect(refused.status == 400)
            _ = try await bench.send("POST", "/practice/settings", body: #"{"faults":{"refuses":1}}"#)
            let answer = try await bench.place("+15005550003")
            #expect(answer.status == 429 && answer.json["code"] == 20429)
            #expect(try await bench.send("GET", "/practice").json["refused"] == 1)
        }
    }
}
