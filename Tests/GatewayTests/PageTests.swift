import IO
import JSONKit
import Synchronization
import Testing

/// The pages for those who watch.
@Suite struct PageTests {
    @Test func `what is not there is 404, what is asked the wrong way is 405 and says how`() async throws {
        let desk = try Desk()
        for path in ["/", "/telephony/twilio/elsewhere", "/metrics/more"] {
            #expect(try await desk.request("GET", path).status == 404)
        }
        let wrong = try await desk.request("DELETE", "/metrics")
        #expect(wrong.status == 405)
        #expect(wrong.headers.contains { $0.name.lowercased() == "allow" && $0.value == "GET, HEAD" })
        #expect(try await desk.request("PUT", "/telephony/twilio/voice").status == 405)
    }

    @Test func `ready says why not`() async throws {
        let desk = try Desk()
        #expect(try await desk.request("GET", "/healthz").status == 200)
        #expect(try await desk.request("GET", "/readyz").status == 200)
        desk.facts.obstacles.withLock { $0 = ["no route for asr"] }
        desk.facts.isDraining.store(true, ordering: .relaxed)
        let answer = try await desk.request("GET", "/readyz")
        #expect(answer.status == 503)
        let reasons = try JSON(parsing: String(decoding: answer.body, as: UTF8.self))["reasons"]
        #expect(reasons == ["no route for asr", "draining"])
        // Alive is something else.
        #expect(try await desk.request("GET", "/healthz").status == 200)
    }

    @Test func `the metrics page tells its format, and the process's own figures`() async throws {
        let desk = try Desk()
        let page = try await desk.request("GET", "/metrics")
        #expect(
            page.headers.contains {
                $0.name.lowercased() == "content-type" && $0.value == "text/plain; version=0.0.4; charset=utf-8"
            }
        )
        #expect(page.body.last == UInt8(ascii: "\n"))
        #expect(try await desk.metric("process_cpu_seconds_total") ?? 0 > 0)
        #expect(try await desk.metric("process_resident_memory_bytes") ?? 0 > 1_000_000)
        #expect(try await desk.metric("process_open_fds") ?? 0 > 3)
        #expect(try await desk.metric("process_start_time_seconds") ?? 0 > 1_700_000_000)
    }
}
