import Core
import Glibc
import JSONKit
import PluginHost
import Services
import Testing

/// Against a server that checks every signature; each test has a bucket of its own.
@Suite(.serialized) final class BlobsS3Tests {
    nonisolated(unsafe) private static var started: S3Server?
    nonisolated(unsafe) private static var buckets = 0
    private let server: S3Server
    private let bucket: String

    private static let megabyte = 1 << 20
    private static let part = 5 * megabyte
    private static let big = BlobsDesk.letters(20 * megabyte)
    /// Four parts, the last of one letter.
    private static let long = String(big.utf8.prefix(3 * part + 1)) ?? ""

    init() throws {
        server = try Self.started ?? S3Server()
        Self.started = server
        Self.buckets += 1
        bucket = "rec-\(Self.buckets)"
        server.bucket(bucket)
        server.forgetLog()
    }

    private func desk(config more: JSONObject = [:]) throws -> BlobsDesk {
        let bench = try PluginBench()
        bench.secret("s3_access_key", S3Server.accessKey)
        bench.secret("s3_secret_key", S3Server.secretKey)
        var config: JSONObject = [
            "bucket": .string(bucket), "endpoint": .string(server.url), "part_bytes": .int(Int64(Self.part)),
        ]
        for (member, value) in more { config[member] = value }
        try bench.load("blobs-s3", config: .object(config))
        return BlobsDesk(bench: bench, plugin: "blobs-s3")
    }

    /// What the server was asked, as "PUT partNumber=2".
    private func asked(_ method: String, _ word: String = "") -> [JSON] {
        server.log().compactMap { try? JSON(parsing: $0) }.filter {
            $0["method"]?.string == method && (word.isEmpty || $0["query"]?.string?.contains(word) == true)
        }
    }

    private func partsSent() -> [Int] {
        asked("PUT", "partNumber").compactMap { entry in
            let query = entry["query"]?.string ?? ""
            return query.split(separator: "&").first { $0.hasPrefix("partNumber=") }.flatMap { Int($0.dropFirst(11)) }
        }
    }

    // MARK: Storing, reading, removing

    @Test(arguments: [0, 1, 5 << 20, 5 << 20 + 1, 20 << 20])
    func `a blob of any length comes back as it was stored, and is gone when it is removed`(count: Int) throws {
        let desk = try desk()
        let text = String(Self.big.utf8.prefix(count)) ?? ""
        let key = "recordings/2026/call=1 (é).wav"
        let answer = try BlobsDesk.answer(desk.put(key, text, piece: 1_000_000))
        #expect(answer["bytes"]?.int == Int64(count))
        #expect(answer["sha256"]?.string == Digest.sha256(Array(text.utf8)))
        let path = "recordings/2026/call%3D1%20%28%C3%A9%29.wav"
        #expect(answer["url"]?.string == "\(server.url)/\(bucket)/\(path)")
        #expect(try desk.get(key) == text)
        #expect(partsSent().count == (count > Self.part ? (count + Self.part - 1) / Self.part : 0))
        #expect(asked(count > Self.part ? "POST" : "PUT").first?["type"]?.string == "audio/wav")
        #expect(try BlobsDesk.answer(desk.delete(key)) == ["deleted": true])
        #expect(try BlobsDesk.answer(desk.delete(key)) == ["deleted": false])
        #expect(try desk.failureOfGetting(key).message.contains("NoSuchKey"))
    }

    @Test func `a key that is stored again replaces the blob`() throws {
        let desk = try desk()
        _ = try desk.put("one", "old")
        _ = try desk.put("one", "new")
        #expect(try desk.get("one") == "new")
    }

    @Test func `the bucket may be named in the host, and temporary credentials have a token`() throws {
        server.set("{\"token\": \"t0ken/+=\"}")
        defer { server.set("{\"token\": \"\"}") }
        let desk = try desk(config: [
            "endpoint": .string("http://localhost:\(server.port)"), "addressing": "virtual",
            "session_token_secret": "s3_token", "prefix": "/desk 1/",
        ])
        desk.bench.secret("s3_token", "t0ken/+=")
        let answer = try BlobsDesk.answer(desk.put("a.wav", "abc"))
        #expect(answer["url"]?.string == "http://\(bucket).localhost:\(server.port)/desk%201/a.wav")
        #expect(try desk.get("a.wav") == "abc")
        #expect(asked("PUT").first?["host"]?.string == "\(bucket).localhost")
    }

    // MARK: Interruptions

    @Test func `an upload that was interrupted goes on at the part where it stopped`() throws {
        server.fail("PUT \(bucket) partNumber=3", "SlowDown", times: 3)
        let failure = try BlobsDesk.failure(desk().put("big.wav", Self.long))
        #expect(failure.isRetryable && failure.code == .unavailable)
        #expect(failure.message.contains("SlowDown"))
        #expect(partsSent() == [1, 2, 3, 3, 3])
        server.forgetLog()
        // The server, too, is another process by now.
        server.kill()
        try server.start()
        let desk = try desk()
        #expect(try BlobsDesk.answer(desk.put("big.wav", Self.long))["bytes"]?.int == Int64(Self.long.utf8.count))
        #expect(partsSent() == [3, 4])
        #expect(asked("POST", "uploads=").isEmpty)
        #expect(try desk.get("big.wav") == Self.long)
    }

    @Test func `parts of an earlier attempt that hold other bytes are sent again`() throws {
        server.fail("PUT \(bucket) partNumber=4", "SlowDown", times: 3)
        _ = try desk().put("big.wav", Self.long)
        server.forgetLog()
        let other =
            (String(Self.long.utf8.prefix(6 << 20)) ?? "") + "x" + (String(Self.long.utf8.dropFirst(6 << 20 + 1)) ?? "")
        let desk = try desk()
        _ = try BlobsDesk.answer(desk.put("big.wav", other))
        #expect(partsSent() == [2, 4])
        #expect(try desk.get("big.wav") == other)
    }

    @Test func `without checksums parts are recognised by their tags`() throws {
        server.fail("PUT \(bucket) partNumber=3", "SlowDown", times: 3)
        _ = try desk(config: ["checksums": "none"]).put("big.wav", Self.long)
        server.forgetLog()
        _ = try BlobsDesk.answer(desk(config: ["checksums": "none"]).put("big.wav", Self.long))
        #expect(partsSent() == [3, 4])
    }

    @Test func `a stream that is dropped stops at the next part, and the next one goes on there`() throws {
        let desk = try desk()
        _ = try desk.put("big.wav", Self.long, ends: false)
        try desk.bench.registry.unload("blobs-s3", drain: .seconds(10))
        let sent = partsSent()
        #expect(sent.count <= 2)
        server.forgetLog()
        _ = try BlobsDesk.answer(self.desk().put("big.wav", Self.long))
        #expect(partsSent() == Array((sent.last ?? 0) + 1...4))
    }

    @Test func `a line that is cut is tried again, whether the work was done or not`() throws {
        let desk = try desk()
        server.fail("PUT \(bucket) one", "cut")
        server.fail("PUT \(bucket) two", "answer-cut")
        #expect(try BlobsDesk.answer(desk.put("one", "abc"))["bytes"]?.int == 3)
        #expect(try BlobsDesk.answer(desk.put("two", "abc"))["bytes"]?.int == 3)
        server.fail("PUT \(bucket) partNumber=2", "answer-cut")
        // The completion was done, and nobody heard of it: the upload is gone, and the object is there.
        server.fail("POST \(bucket) uploadId", "answer-cut")
        #expect(try BlobsDesk.answer(desk.put("big.wav", Self.long))["bytes"]?.int == Int64(Self.long.utf8.count))
        #expect(try desk.get("big.wav") == Self.long)
    }

    @Test func `a completion that fails behind its status 200 is a failure, and is tried again`() throws {
        server.fail("POST \(bucket) uploadId", "error-in-200", times: 3)
        let failure = try BlobsDesk.failure(desk().put("big.wav", Self.long))
        #expect(failure.isRetryable && failure.message.contains("InternalError"), "\(failure)")
        server.forgetLog()
        server.fail("POST \(bucket) uploadId", "error-in-200")
        let desk = try desk()
        _ = try BlobsDesk.answer(desk.put("big.wav", Self.long))
        #expect(partsSent() == [] && asked("POST", "uploadId").count == 2)
        #expect(try desk.get("big.wav") == Self.long)
    }

    @Test func `an upload that the store has dropped begins anew`() throws {
        let desk = try desk()
        server.fail("PUT \(bucket) partNumber=3", "NoSuchUpload")
        let failure = try BlobsDesk.failure(desk.put("big.wav", Self.long))
        #expect(failure.isRetryable, "\(failure)")
        server.forgetLog()
        _ = try BlobsDesk.answer(desk.put("big.wav", Self.long))
        #expect(partsSent() == [1, 2, 3, 4])
    }

    @Test func `bytes that the store has changed are noticed`() throws {
        server.fail("PUT \(bucket)", "damage", times: 2)
        let desk = try desk()
        let failure = try BlobsDesk.failure(desk.put("one", "abc"))
        #expect(failure.isRetryable && failure.message.contains("other bytes were stored"), "\(failure)")
        #expect(try BlobsDesk.failure(desk.put("big.wav", Self.long)).message.contains("other bytes were stored"))
    }

    @Test func `what is removed leaves no parts behind`() throws {
        server.fail("PUT \(bucket) partNumber=3", "SlowDown", times: 3)
        let desk = try desk()
        _ = try desk.put("big.wav", Self.long)
        #expect(try BlobsDesk.answer(desk.delete("big.wav")) == ["deleted": false])
        server.forgetLog()
        _ = try desk.put("big.wav", Self.long)
        #expect(partsSent() == [1, 2, 3, 4])
    }

    @Test func `a store that hangs is given up after total_ms`() throws {
        let desk = try desk(config: ["total_ms": 400, "tries": 1])
        server.pause()
        defer { server.resume() }
        let failure = try BlobsDesk.failure(desk.put("one", "abc"))
        #expect(failure.isRetryable && failure.code == .timeout, "\(failure)")
        #expect(failure.message.contains("S3 bucket \(bucket) at \(server.url)"))
    }

    // MARK: What is wrong, and what to mend

    private func problem(_ desk: BlobsDesk) throws -> String {
        let instance = try desk.bench.registry.lease("blobs-s3")
        return instance.health(within: .seconds(5))?.message ?? ""
    }

    @Test(
        arguments: [
            (["bucket": "vanished"], "", "NoSuchBucket; make the bucket, or set bucket"),
            (["secret_key_secret": "other"], "", "the secret other is not that of the access key (secret_key_secret)"),
            (["access_key_secret": "other"], "", "no such access key: set the secret other (access_key_secret)"),
            (["secret_key_secret": "lost"], "", "the secret lost is not there (secret_key_secret)"),
            (["region": "eu-central-1"], "", "the bucket is in us-east-1: set region"),
            ([:], "{\"clock\": 600}", "our clock is 600 s behind the store's: set this machine's clock"),
            ([:], "{\"clock\": -600}", "our clock is 600 s ahead of the store's: set this machine's clock"),
            ([:], "{\"token\": \"t\"}", "renew the secret of the session token (session_token_secret)"),
        ] as [(JSONObject, String, String)]
    )
    func `what an operator can mend is refused with the setting and the fix`(
        config: JSONObject,
        server state: String,
        text: String
    ) throws {
        if !state.isEmpty { server.set(state) }
        defer { server.set("{\"clock\": 0, \"token\": \"\"}") }
        let desk = try desk(config: config)
        desk.bench.secret("other", "wr0ng")
        let failure = try BlobsDesk.failure(desk.put("one", "abc"))
        #expect(failure.code == .refused && !failure.isRetryable, "\(failure)")
        // A second may have passed meanwhile.
        let said = failure.message.replacing("59", with: "60").replacing("601", with: "600")
            .replacing("609", with: "600")
        #expect(said.contains(text), "\(failure.message)")
        #expect(!failure.message.contains("wr0ng") && !failure.message.contains(S3Server.secretKey))
        #expect(try !problem(desk).isEmpty)
        #expect(try BlobsDesk.failure(desk.put("big.wav", Self.long)).code == .refused)
        #expect(try BlobsDesk.failure(desk.delete("one")).code == .refused)
    }

    @Test func `a web server that answers everything is no store: nothing counts as stored, and endpoint is named`()
        throws
    {
        let portal = ScriptedServer(
            .init(headers: ["content-type: text/html"], steps: [.piece("<html>Welcome to the hotel</html>")])
        )
        let desk = try desk(config: ["endpoint": .string("http://127.0.0.1:\(portal.port)"), "tries": 1])
        let failure = try BlobsDesk.failure(desk.put("one", "abc"))
        #expect(failure.code == .malformed)
        #expect(failure.message.contains("is endpoint that of an S3 store?"), "\(failure.message)")
        #expect(try BlobsDesk.failure(desk.put("big.wav", Self.long)).message.contains("S3 bucket"))
    }

    @Test func `a bucket that can be used is healthy, and one that is gone is told`() throws {
        let desk = try desk()
        #expect(try problem(desk) == "")
        server.bucket(bucket, exists: false)
        #expect(try problem(desk).contains("NoSuchBucket; make the bucket"))
    }

    @Test func `a server that is away is told with its address, and may come back`() throws {
        let desk = try desk(config: ["endpoint": "http://127.0.0.1:9", "tries": 1])
        let failure = try BlobsDesk.failure(desk.put("one", "abc"))
        #expect(failure.isRetryable && failure.message.contains("at http://127.0.0.1:9"), "\(failure)")
        #expect(failure.message.contains("(endpoint)"))
    }

    @Test(arguments: ["", "a//b", "/a", "a/", "a/../b", "./a", "a\u{1}b", String(repeating: "x", count: 1025)])
    func `a key that S3 would not take as it is is refused`(key: String) throws {
        let failure = try BlobsDesk.failure(desk().put(key, "x"))
        #expect(failure.message.hasPrefix("key: ") && !failure.isRetryable)
    }

    @Test(arguments: ["ftp://x", "http://", "https://user@host", "https://host/path"])
    func `an endpoint that is none is refused by its name`(endpoint: String) throws {
        #expect(throws: PluginError.self) { try desk(config: ["endpoint": .string(endpoint)]) }
    }
}
