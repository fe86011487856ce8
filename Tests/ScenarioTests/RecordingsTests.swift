import Carrier
import Console
import Core
import Glibc
import IO
import JSONKit
import Media
import Services
import Store
import Testing

/// Where recordings go, and that none is lost on its way.
@Suite(.serialized) final class RecordingsTests {
    nonisolated(unsafe) private static var started: S3Server?
    nonisolated(unsafe) private static var buckets = 0
    private let server: S3Server
    private let bucket: String

    init() throws {
        server = try Self.started ?? S3Server()
        Self.started = server
        Self.buckets += 1
        bucket = "calls-\(Self.buckets)"
        server.bucket(bucket)
        server.forgetLog()
    }

    /// A host whose recordings go to the bucket.
    private func host(_ change: (inout JSONObject) -> Void = { _ in }) throws -> TestHost {
        let host = try TestHost { configuration in
            var plugins = configuration["plugins"]?.array ?? []
            plugins.append([
                "path": .string("\(TestHost.binaries)/libblobs-s3.so"),
                "config": [
                    "bucket": .string(bucket), "endpoint": .string(server.url), "part_bytes": 5_242_880,
                    "total_ms": 600_000,
                ],
            ])
            configuration["plugins"] = .array(plugins)
            var routes = configuration["routes"]?.object ?? [:]
            routes["blobs"] = [["plugin": "blobs-s3", "first_ms": 600_000, "tries": 2]]
            configuration["routes"] = .object(routes)
            change(&configuration)
        }
        try host.keep(S3Server.accessKey, as: "s3_access_key")
        try host.keep(S3Server.secretKey, as: "s3_secret_key")
        return host
    }

    private func partsSent() -> [Int] {
        server.log().compactMap { line in
            guard line.contains("\"PUT\""), let start = line.firstRange(of: "partNumber=") else { return nil }
            return Int(line[start.upperBound...].prefix { $0.isNumber })
        }
    }

    private func waitForUpload(_ host: TestHost) async throws -> JSON {
        try await Patience.wait(for: "the upload", seconds: 20) {
            (try? host.topics().contains("recording.uploaded")) == true
        }
        return try #require(try host.events().first { $0["topic"] == "recording.uploaded" })
    }

    @Test func `the recording of a call whose host is killed in mid-call reaches the bucket all the same`() async throws
    {
        let host = try host()
        try host.start()
        let carrier = try TestCarrier()
        let call = try await carrier.call(host)
        try await call.waitForAgent(after: 0, seconds: 20)
        let id = try #require(try host.client().call("call.list")["items"]?[0]?["call_id"]?.string)
        let file = "\(host.folder)/state/recording/\(id).wav"
        try await Patience.wait(for: "a second on disk") { ((try? WAVFile(reading: file))?.count ?? 0) > 8000 }
        host.kill()
        // As if it had been killed between the samples and the header.
        let handle = fopen(file, "a")
        fputs("1234567", handle)
        fclose(handle)
        try host.start()
        let uploaded = try await waitForUpload(host)
        #expect(uploaded["key"]?.string == id)
        let finished = try #require(try host.events().first { $0["topic"] == "recording.finished" }?["data"])
        #expect(finished["recovered"] == true && finished["seconds"]?.double ?? 0 > 1)
        let frames = Int(((finished["seconds"]?.double ?? 0) * 8000).rounded())
        #expect(uploaded["data"]?["bytes"]?.int == Int64(44 + 4 * frames))
        let day = Timestamp.now().day.replacing("-", with: "/")
        #expect(uploaded["data"]?["url"]?.string == "\(server.url)/\(bucket)/recordings/\(day)/\(id).wav")
        try await Patience.wait(for: "the file's end") { access(file, F_OK) != 0 }
        // Told once, also by the next start.
        host.stop()
        try host.start()
        #expect(try host.topics().filter { $0 == "recording.finished" }.count == 1)
    }

    @Test func `a host that is killed in mid-upload goes on at the part where it was`() async throws {
        let host = try host()
        try host.start()
        host.stop()
        let file = "\(host.folder)/state/recording/call_left.wav"
        var writer = try WAVWriter(path: file, channels: 2, sampleRate: 8000)
        let samples = (0..<1 << 20).map { Int16(truncatingIfNeeded: $0 &* 7919) }
        for _ in 0..<6 { try writer.append(interleaved: samples.span) }
        try writer.finish()
        server.fail("PUT \(bucket) partNumber=2", "stall")
        try host.start()
        try await Patience.wait(for: "the second part") { self.partsSent() == [1, 2] }
        host.kill()
        server.forgetLog()
        try host.start()
        let uploaded = try await waitForUpload(host)
        let bytes = try #require(uploaded["data"]?["bytes"]?.int)
        #expect(bytes == 12_582_956)
        #expect(partsSent() == [2, 3], "the first part was there")
        #expect(access(file, F_OK) != 0)
    }

    /// What a host has done a month ago.
    private func livedThroughAMonth(_ host: TestHost) async throws {
        let now = Timestamp.now().unixMilliseconds
        let store = try Store(StateFolder("\(host.folder)/state"))
        for (name, days) in [("old", 31), ("gone", 30), ("young", 29)] {
            if name != "gone" { server.put(bucket, "recordings/\(name).wav", "abc") }
            let at = Timestamp(unixMilliseconds: now - Int64(days) * 86_400_000)
            let data: JSON = [
                "url": "x", "blob": .string("recordings/\(name).wav"), "route": "blobs", "uploaded": true,
            ]
            try await store.log.append(Event(.recordingFinished, key: "call_\(name)", data: data, at: at))
        }
        store.close()
    }

    @Test func `a recording is removed when its time is over, once, and the log says so`() async throws {
        let host = try host { $0["recordings"] = ["retention_days": 30] }
        try host.start()
        host.stop()
        try await livedThroughAMonth(host)
        server.fail("DELETE \(bucket) old", "SlowDown")
        try host.start()
        try await Patience.wait(for: "the removal") {
            try host.topics().filter { $0 == "recording.deleted" }.count == 2
        }
        let deleted = try host.events().filter { $0["topic"] == "recording.deleted" }
        #expect(Set(deleted.compactMap { $0["key"]?.string }) == ["call_old", "call_gone"])
        let data = deleted.compactMap { $0["data"] }
        #expect(data.contains(["blob": "recordings/old.wav", "deleted": true, "reason": "retention"]))
        #expect(data.contains(["blob": "recordings/gone.wav", "deleted": false, "reason": "retention"]))
        #expect(server.keys(bucket) == ["recordings/young.wav"])
        host.stop()
        try host.start()
        #expect(try host.topics().filter { $0 == "recording.deleted" }.count == 2)
    }

    @Test func `what a bucket tells at the webhook is in the log once, and a forged notice is not`() async throws {
        let host = try host { $0["recordings"] = ["notification_secret": "bucket_token"] }
        try host.keep("b-t0ken", as: "bucket_token")
        try host.start()
        let carrier = try TestCarrier()
        let body = """
            {"Records":[{"eventName":"ObjectCreated:CompleteMultipartUpload","eventTime":"2026-11-24T02:00:00Z","s3":\
            {"bucket":{"name":"rec"},"object":{"key":"x/call_01.wav","size":9,"eTag":"e","sequencer":"01"}}}]}
            """
        var statuses: [Int] = []
        for token in ["b-t0ken", "b-t0ken", "forged"] {
            var request = ClientRequest("POST", "\(host.address)/recordings/stored", body: Array(body.utf8))
            request.headers = [("authorization", "Bearer \(token)"), ("content-type", "application/json")]
            statuses.append(try await carrier.http.fetch(request).status)
        }
        #expect(statuses == [200, 200, 403])
        #expect(try host.events().filter { $0["topic"] == "recording.stored" }.map { $0["key"] } == ["call_01"])
        let page = try await carrier.get("\(host.address)/metrics").body
        #expect(page.contains(#"patchbay_webhooks_refused_total{plugin="recordings",reason="token"} 1"#))
    }
}
