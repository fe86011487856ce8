import Glibc
import IO
import JSONKit
import PluginHost
import Synchronization
import Testing

@Suite struct GoogleAccessTests {
    private static let silence: [Emitted] = [.text("", item: 1, isFinal: true), .done(1), .end]
    private static let account: JSONObject = ["service_account_secret": "account"]

    /// Recognition that wants a token of this name; tokens are numbered as they are given.
    private func bench(
        seconds: Int = 3599,
        wants: @escaping @Sendable (String) -> Bool = { _ in true }
    ) throws -> GoogleBench {
        let given = Mutex(0)
        return try GoogleBench("asr-google", Self.account) { request in
            if request.path == "/token" {
                let number = given.withLock { count in
                    count += 1
                    return count
                }
                return GoogleBench.token("ya29.token\(number)", seconds: seconds)
            }
            return wants(request.head) ? GoogleBench.json("{}") : GoogleBench.error(401, "UNAUTHENTICATED", "Expired.")
        }
    }

    private func failure(_ emitted: [Emitted]) throws -> PluginFailure {
        guard case .failed(let failure)? = emitted.last else { throw Files.Unreadable(path: "no failure: \(emitted)") }
        return failure
    }

    @Test func `a service account's statement is signed with its key, and says who, what for, and until when`() throws {
        let google = try bench()
        #expect(try google.recognise() == Self.silence)
        let request = try #require(google.tokens.first)
        #expect(request.head.hasPrefix("POST /token HTTP/1.1"))
        #expect(request.head.lowercased().contains("content-type: application/x-www-form-urlencoded"))
        let form = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="
        #expect(request.text.hasPrefix(form))
        let parts = request.text.dropFirst(form.utf8.count).split(separator: ".").map(String.init)
        try #require(parts.count == 3)
        #expect(!parts.joined().contains("="))
        #expect(GoogleAccount.shared.hasSigned("\(parts[0]).\(parts[1])", TestBase64.decode(parts[2])))
        let header: JSON = ["alg": "RS256", "typ": "JWT", "kid": "k1"]
        #expect(try JSON(parsing: String(decoding: TestBase64.decode(parts[0]), as: UTF8.self)) == header)
        let claims = try JSON(parsing: String(decoding: TestBase64.decode(parts[1]), as: UTF8.self))
        #expect(claims["iss"]?.string == GoogleAccount.email)
        #expect(claims["aud"]?.string == "http://127.0.0.1:\(google.server.port)/token")
        #expect(claims["scope"]?.string == "https://www.googleapis.com/auth/cloud-platform")
        let issued = try #require(claims["iat"]?.int)
        #expect((0...30).contains(Int64(time(nil)) - issued))
        #expect(claims["exp"]?.int == issued + 3600)
        #expect(google.asked.first?.head.lowercased().contains("authorization: bearer ya29.token1") == true)
        #expect(google.asked.first?.head.lowercased().contains("x-goog-api-key") == false)
    }

    @Test func `fifty calls that need a token ask for it once`() throws {
        let google = try bench()
        let instance = try google.bench.registry.lease("asr-google")
        let collectors = (0..<50).map { _ in Collector { $0.contains { $0.isLast } } }
        let loop = google.bench.loop
        loop.perform {
            for collector in collectors {
                do {
                    let stream = try Stream(
                        instance,
                        interface: "patchbay.asr/1",
                        options: ["sample_rate": 8000, "language": "en-US"],
                        loop: loop,
                        receiver: collector
                    )
                    collector.stream = stream
                    let frame = [Int16](repeating: 3, count: 160)
                    try stream.push(audio: frame.span, item: 1, at: 0)
                    try stream.done(item: 1)
                    try stream.end()
                } catch { collector.failed(error as? PluginError) }
            }
        }
        for collector in collectors { #expect(collector.wait(seconds: 10) == Self.silence) }
        #expect(google.tokens.count == 1)
        #expect(google.asked.count == 50)
        loop.perform {
            for collector in collectors {
                collector.stream?.close()
                collector.stream = nil
            }
        }
    }

    @Test func `a token that is refused is replaced, and the request made again`() throws {
        let google = try bench { $0.contains("ya29.token2") }
        #expect(try google.recognise() == Self.silence)
        #expect(google.tokens.count == 2)
        #expect(google.asked.count == 2)
        #expect(google.asked[0].body == google.asked[1].body)
        #expect(try google.recognise() == Self.silence)
        #expect(google.tokens.count == 2)
    }

    @Test func `if the new token is refused too, that is the answer`() throws {
        let google = try bench { _ in false }
        let failure = try failure(google.recognise())
        #expect(failure.code == .refused)
        #expect(!failure.isRetryable)
        #expect(failure.message == "HTTP 401: Expired.")
        #expect(google.tokens.count == 2)
    }

    @Test func `a token is renewed five minutes before its end, and used meanwhile`() throws {
        let google = try bench(seconds: 299)
        for _ in 0..<3 { #expect(try google.recognise() == Self.silence) }
        #expect(google.asked[0].head.contains("token1"))
        // At once it would be asked for with every call; it is tried every ten seconds.
        #expect(google.tokens.count == 1)
        let short = try bench(seconds: 20)
        for _ in 0..<2 { #expect(try short.recognise() == Self.silence) }
        #expect(short.asked[1].head.contains("token2"))
    }

    @Test func `an account that Google does not know is refused, without a word of its key`() throws {
        let google = try GoogleBench("asr-google", Self.account) { request in
            let assertion = request.text.split(separator: "=").last ?? ""
            return GoogleBench.json(
                #"{"error":"invalid_grant","error_description":"Invalid JWT Signature: \#(assertion)"}"#,
                status: 400
            )
        }
        let failure = try failure(google.recognise())
        #expect(failure.code == .refused)
        #expect(!failure.isRetryable)
        #expect(failure.message == "the service account's token: HTTP 400: Invalid JWT Signature: ***")
    }

    @Test func `a token server that is away may be back soon`() throws {
        let google = try GoogleBench("asr-google", Self.account) { _ in
            GoogleBench.json(#"{"error":"internal_failure"}"#, status: 503)
        }
        let failure = try failure(google.recognise())
        #expect(failure.code == .unavailable)
        #expect(failure.isRetryable)
    }

    @Test func `a cancelled utterance that waits for its token is closed, and not sent`() throws {
        let google = try GoogleBench("asr-google", Self.account) { _ in
            .init(headers: ["content-type: application/json"], steps: [.pause(80), .piece(#"{"access_token":"t"}"#)])
        }
        let emitted = try google.bench.run("asr-google", "patchbay.asr/1", until: { $0.contains(.done(1)) }) { stream in
            let frame = [Int16](repeating: 3, count: 160)
            try stream.push(audio: frame.span, item: 1, at: 0)
            try stream.done(item: 1)
            stream.cancel(item: 1)
        }
        #expect(emitted == [.done(1)])
        #expect(google.asked.isEmpty)
    }

    @Test func `what is wrong with a key file is said by member, and nothing of it is quoted`() throws {
        let cases = [
            ("not JSON, SECRET", "is no JSON"), (#"{"type":"service_account"}"#, "client_email is missing"),
            (#"{"client_email":"a@b"}"#, "private_key is missing"),
            (#"{"client_email":"a@b","private_key":"-----BEGIN SECRET-----"}"#, "private_key of a@b is no RSA key"),
        ]
        for (content, text) in cases {
            let google = try bench()
            google.bench.secret("account", content)
            let failure = try failure(google.recognise())
            #expect(failure.code == .refused)
            #expect(failure.message.contains(text), "\(failure.message)")
            #expect(!failure.message.contains("SECRET"))
            #expect(google.server.requests.isEmpty)
        }
    }

    @Test func `a secret that is not there is named before anything is sent`() throws {
        for config: JSONObject in [["api_key_secret": "other"], ["service_account_secret": "other"]] {
            let google = try GoogleBench("asr-google", config) { _ in GoogleBench.json("{}") }
            let failure = try failure(google.recognise())
            #expect(failure.message.contains("the secret other is not there (\(config.keys.first ?? ""))"))
            #expect(google.server.requests.isEmpty)
        }
    }

    @Test func `a key and an account at once are refused, by name`() throws {
        let bench = try PluginBench()
        let config: JSON = ["api_key_secret": "a", "service_account_secret": "b"]
        let error = #expect(throws: PluginError.self) { try bench.load("tts-google", config: config) }
        #expect(error?.description.contains("api_key_secret, service_account_secret") == true)
    }
}
