import CCrypto
import JSONKit
import PluginHost
import Testing

/// The vectors are what the vendor's own library computes.
@Suite struct TwilioSignatureTests {
    static let token = "12345678901234567890123456789012"
    static let form =
        "AccountSid=AC00000000000000000000000000000001&ApiVersion=2010-04-01&CallSid=CA00000000000000000000000000000001"
        + "&CallStatus=ringing&CallerName=&Direction=inbound&From=%2B15005550006&To=%2B15005550009"

    private func ask(
        url: String,
        signature: String,
        body: String = form,
        type: String = "application/x-www-form-urlencoded",
        token: String? = token
    ) throws -> [Emitted] {
        let bench = try PluginBench()
        if let token { bench.secret("twilio_auth_token", token) }
        try bench.load("telephony-twilio")
        let options: JSON = [
            "purpose": "voice", "method": "POST", "url": .string(url),
            "headers": ["x-twilio-signature": .string(signature), "content-type": .string(type)],
        ]
        return try bench.run(
            "telephony-twilio",
            "patchbay.telephony.webhook/1",
            options: options,
            until: { !$0.isEmpty }
        ) { stream in
            var body = body
            let pushed = body.withUTF8 { bytes in
                Result { () throws(PluginError) in try stream.push(bytes: UnsafeRawBufferPointer(bytes), item: 0) }
            }
            try pushed.get()
            try stream.done(item: 0)
        }
    }

    private static let call: JSON = [
        "event": "call", "carrier_call_id": "CA00000000000000000000000000000001", "from": "+15005550006",
        "to": "+15005550009",
        "direction": "inbound",
    ]

    @Test func `a form signed by the carrier is a call`() throws {
        let emitted = try ask(
            url: "https://voice.example.org/twilio/voice?tenant=acme",
            signature: "uwVYXGyCMpwOmihKO/fDgy6bST0="
        )
        #expect(emitted == [.json(Self.call, item: 0)])
    }

    @Test func `a signature over the URL with its default port is accepted too`() throws {
        let emitted = try ask(
            url: "https://voice.example.org/twilio/voice?tenant=acme",
            signature: "LH/Tp7tXcTRUzUBEi4hUv6Lyav4="
        )
        #expect(emitted == [.json(Self.call, item: 0)])
    }

    /// Signed over `https://[::1]/voice?a=b%20c&q=it's`; what arrives is written in other ways.
    @Test(
        arguments: [
            "https://[::1]/voice?a=b%20c&q=it's", "https://[::1]:8443/voice?a=b%20c&q=it's",
            "https://[::1]/voice?a=b+c&q=it%27s", "https://[::1]:8443/voice?%61=b+c&q=it's",
        ]
    ) func `a query that was encoded anew on the way, and any port, are accepted`(url: String) throws {
        let signature = OpenSSL.signature(Self.token, "https://[::1]/voice?a=b%20c&q=it'sCallSidCA1")
        #expect(try ask(url: url, signature: signature, body: "CallSid=CA1").first?.isCall == true)
    }

    @Test func `names and values are decoded, sorted, and each pair counted once`() throws {
        let signature = OpenSSL.signature(Self.token, "https://h/CallSidCA1aZ &abbb=%")
        let body = "b=b%3D%25&a=b&CallSid=CA1&a=Z+%26&a=b"
        #expect(try ask(url: "https://h/", signature: signature, body: body).first?.isCall == true)
    }

    @Test(arguments: ["", "uwVYXGyCMpwOmihKO/fDgy6bST1=", "x"])
    func `a missing or forged signature is refused`(signature: String) throws {
        let emitted = try ask(url: "https://voice.example.org/twilio/voice?tenant=acme", signature: signature)
        guard case .failed(let failure)? = emitted.first else { return #expect(Bool(false), "\(emitted)") }
        #expect(failure.code == .refused)
    }

    @Test func `a changed parameter breaks the signature`() throws {
        let emitted = try ask(
            url: "https://voice.example.org/twilio/voice?tenant=acme",
            signature: "uwVYXGyCMpwOmihKO/fDgy6bST0=",
            body: Self.form + "9"
        )
        guard case .failed(let failure)? = emitted.first else { return #expect(Bool(false), "\(emitted)") }
        #expect(failure.code == .refused)
    }

    @Test func `without the secret everything is refused, and the error names it`() throws {
        let emitted = try ask(url: "https://voice.example.org/", signature: "x", token: nil)
        guard case .failed(let failure)? = emitted.first else { return #expect(Bool(false), "\(emitted)") }
        #expect(failure.message.contains("twilio_auth_token"))
    }

    @Test func `a JSON body is checked by the digest in the URL`() throws {
        let url =
            "https://voice.example.org/twilio/json?bodySHA256=666c1aa02e8068c6d5cc1d3295009432c16790bec28ec8ce119d0d1a18d61319"
        let good = try ask(
            url: url,
            signature: "ZYO5DDPPC/wurA7P5+ZKkICQ7XQ=",
            body: #"{"k":"v"}"#,
            type: "application/json"
        )
        guard case .failed(let failure)? = good.first else { return #expect(Bool(false), "\(good)") }
        // The signature and the digest are right; what is missing is a call.
        #expect(failure.message == "CallSid is missing")
        let bad = try ask(
            url: url,
            signature: "ZYO5DDPPC/wurA7P5+ZKkICQ7XQ=",
            body: #"{"k":"w"}"#,
            type: "application/json"
        )
        guard case .failed(let other)? = bad.first else { return #expect(Bool(false), "\(bad)") }
        #expect(other.code == .refused)
    }

    @Test func `a media socket is opened with a signature over its address`() throws {
        let bench = try PluginBench()
        bench.secret("twilio_auth_token", Self.token)
        try bench.load("telephony-twilio")
        for url in ["wss://voice.example.org/media", "https://voice.example.org/media"] {
            let options: JSON = [
                "url": .string(url), "headers": ["x-twilio-signature": "cJk/0hwduXDnkB5GazvR5HM669g="],
            ]
            let emitted = try bench.run(
                "telephony-twilio",
                "patchbay.telephony.media/1",
                options: options,
                until: { !$0.isEmpty }
            ) { stream in
                var text = #"{"event":"connected"}{"#
                let pushed = text.withUTF8 { bytes in
                    Result { () throws(PluginError) in try stream.push(bytes: UnsafeRawBufferPointer(bytes), item: 0) }
                }
                try pushed.get()
            }
            guard case .json(let event, _)? = emitted.first else { return #expect(Bool(false), "\(emitted)") }
            #expect(event["event"] == "skipped")
        }
    }
}

extension Emitted {
    fileprivate var isCall: Bool { if case .json(let json, _) = self { json["event"] == "call" } else { false } }
}

/// The library's own HMAC, to compare with.
private enum OpenSSL {
    static func signature(_ key: String, _ text: String) -> String {
        var digest = [UInt8](repeating: 0, count: 20)
        var length: UInt32 = 0
        let (key, bytes) = (Array(key.utf8), Array(text.utf8))
        HMAC(EVP_sha1(), key, Int32(key.count), bytes, bytes.count, &digest, &length)
        return Base64Reference.encode(digest)
    }
}
