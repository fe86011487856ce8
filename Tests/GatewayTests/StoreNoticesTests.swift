import Core
import IO
import JSONKit
import Synchronization
import Testing

@testable import Gateway

/// What blob stores post when they have stored something.
@Suite(.serialized) struct StoreNoticesTests {
    private static let secret = "tell me: \"it's ü\""

    private func desk() throws -> Desk {
        let desk = try Desk { $0.noticeSecret = { Self.secret } }
        return desk
    }

    private func post(
        _ desk: Desk,
        _ body: String,
        authorization: String? = "Bearer \(secret)"
    ) async throws -> (status: Int, body: String) {
        let headers = authorization.map { [("authorization", $0), ("content-type", "application/json")] } ?? []
        let answer = try await desk.request("POST", "/recordings/stored", headers: headers, body: Array(body.utf8))
        return (answer.status, String(decoding: answer.body, as: UTF8.self))
    }

    /// As S3 writes it, with members that nobody needs.
    private static func notice(key: String = "patchbay/recordings/2026/11/24/call_01.wav", name: String = "Put")
        -> String
    {
        """
        {"Records":[{"eventVersion":"2.6","eventSource":"aws:s3","awsRegion":"us-east-1",
        "eventTime":"2026-11-24T02:00:00.123Z","eventName":"ObjectCreated:\(name)","userIdentity":{"principalId":"A"},
        "s3":{"s3SchemaVersion":"1.0","configurationId":"c","bucket":{"name":"rec","arn":"arn:aws:s3:::rec"},
        "object":{"key":"\(key)","size":115244,"eTag":"d41d8cd98f00b204e9800998ecf8427e","sequencer":"0055AED6"}}}]}
        """
    }

    @Test func `a notice becomes one fact, however often and in whatever wrapping it comes`() async throws {
        let desk = try desk()
        let key = "patchbay/a+b%2Bc%C3%A9/call_01.2.wav"
        let plain = Self.notice(key: key)
        let quoted = JSON.string(plain).description
        for body in [plain, plain, "{\"Type\":\"Notification\",\"Message\":\(quoted)}", "{\"Body\":\(quoted)}"] {
            #expect(try await post(desk, body).status == 200)
        }
        let events = desk.events(.recordingStored)
        #expect(Set(events.map(\.id)).count == 1 && events.count == 4)
        let event = try #require(events.first)
        #expect(event.key == "call_01")
        let data: JSON = [
            "bucket": "rec", "key": "patchbay/a b+cé/call_01.2.wav", "bytes": 115_244,
            "etag": "d41d8cd98f00b204e9800998ecf8427e", "stored_at": "2026-11-24T02:00:00.123Z",
        ]
        #expect(event.data == data)
        // Another write of the same key is another fact.
        _ = try await post(desk, plain.replacing("0055AED6", with: "0055AED7"))
        #expect(Set(desk.events(.recordingStored).map(\.id)).count == 2)
    }

    @Test func `EventBridge's form is understood, and its keys are not encoded`() async throws {
        let desk = try desk()
        let body = """
            {"version":"0","detail-type":"Object Created","time":"2026-11-24T02:00:00Z","detail":{"bucket":{"name":"rec"},
            "object":{"key":"a+b/other.wav","size":5,"etag":"b1","sequencer":"00"},"reason":"PutObject"}}
            """
        #expect(try await post(desk, body).status == 200)
        #expect(desk.events(.recordingStored).first?.key == "a+b/other.wav")
    }

    @Test func `what is about something else is taken and forgotten`() async throws {
        let desk = try desk()
        for body in [
            Self.notice().replacing("ObjectCreated:Put", with: "ObjectRemoved:Delete"), "{\"Records\":[]}",
            "{\"Service\":\"Amazon S3\",\"Event\":\"s3:TestEvent\",\"Bucket\":\"rec\"}",
            "{\"Type\":\"SubscriptionConfirmation\",\"SubscribeURL\":\"https://sns.example.org/\"}",
        ] { #expect(try await post(desk, body).status == 200) }
        #expect(desk.events(.recordingStored).isEmpty)
    }

    @Test func `a name with the secret as its password will do, as some stores know nothing else`() async throws {
        let desk = try desk()
        // store:tell me: "it's ü"
        #expect(
            try await post(desk, Self.notice(), authorization: "Basic c3RvcmU6dGVsbCBtZTogIml0J3Mgw7wi").status == 200
        )
        #expect(desk.events(.recordingStored).count == 1)
    }

    @Test(arguments: ["Bearer wrong", "Bearer ", "Basic c3RvcmU6d3Jvbmc=", "Basic ???", "tell me"])
    func `whoever does not know the secret is refused and counted`(authorization: String) async throws {
        let desk = try desk()
        let line = "patchbay_webhooks_refused_total{plugin=\"recordings\",reason=\"token\"}"
        let before = try await desk.metric(line) ?? 0
        #expect(try await post(desk, Self.notice(), authorization: authorization).status == 403)
        #expect(try await desk.metric(line) == before + 1)
        #expect(desk.events(.recordingStored).isEmpty)
    }

    @Test func `whoever says nothing is asked, and nothing is there where nobody may tell`() async throws {
        let desk = try desk()
        let answer = try await desk.request("POST", "/recordings/stored", body: Array(Self.notice().utf8))
        #expect(answer.status == 401)
        #expect(answer.headers.contains { $0.name.lowercased() == "www-authenticate" && $0.value.hasPrefix("Basic ") })
        #expect(try await post(Desk(), Self.notice()).status == 404)
        #expect(try await post(Desk { $0.noticeSecret = { nil } }, Self.notice()).status == 503)
        #expect(try await desk.request("GET", "/recordings/stored").status == 405)
    }

    @Test(
        arguments: [
            ("", "no JSON"), ("{\"Records\":[{}]}", "Records[0].eventName"), ("{\"a\":1}", "neither Records"),
            ("{\"Type\":\"Notification\",\"Message\":\"{\"}", "Message: is no JSON"),
            ("{\"Records\":[{\"eventName\":\"ObjectCreated:Put\"}]}", "Records[0].s3: is missing"),
            ("{\"Records\":[{\"eventName\":\"ObjectCreated:Put\",\"s3\":{\"bucket\":{}}}]}", "s3.bucket.name"),
            (notice(key: "%zz"), "s3.object.key"), (notice(key: "%F"), "s3.object.key"),
            (notice(key: "%FF"), "s3.object.key"), (notice(key: ""), "s3.object.key"),
        ]
    )
    func `what makes no sense is refused with the member's name and counted`(body: String, text: String) async throws {
        let desk = try desk()
        let line = "patchbay_webhooks_refused_total{plugin=\"recordings\",reason=\"malformed\"}"
        let before = try await desk.metric(line) ?? 0
        let answer = try await post(desk, body)
        #expect(answer.status == 400)
        #expect(answer.body.contains(text), "\(answer.body)")
        #expect(try await desk.metric(line) == before + 1)
        #expect(desk.events(.recordingStored).isEmpty)
    }

    @Test func `what cannot be made durable is not taken: the store comes again`() async throws {
        let desk = try Desk {
            $0.noticeSecret = { Self.secret }
            $0.keep = { _ in false }
        }
        #expect(try await post(desk, Self.notice()).status == 503)
    }
}
