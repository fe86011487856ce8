import Testing

@testable import Carrier

/// The carrier's parts that need no socket.
@Suite struct PartsTests {
    @Test func `signatures are those of the vendor's own library`() {
        let account = CarrierAccount(authToken: "12345678901234567890123456789012")
        let form = [
            ("AccountSid", "AC00000000000000000000000000000001"), ("ApiVersion", "2010-04-01"),
            ("CallSid", "CA00000000000000000000000000000001"), ("CallStatus", "ringing"), ("CallerName", ""),
            ("Direction", "inbound"), ("From", "+15005550006"), ("To", "+15005550009"),
        ].map { (name: $0.0, value: $0.1) }
        let url = "https://voice.example.org/twilio/voice?tenant=acme"
        #expect(account.signature(url: url, form: form.reversed()) == "uwVYXGyCMpwOmihKO/fDgy6bST0=")
        #expect(account.signature(url: "wss://voice.example.org/media") == "cJk/0hwduXDnkB5GazvR5HM669g=")
    }

    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")])
    func `base64 is the standard's`(text: String, encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(text.utf8))
    }

    @Test(arguments: ["A", "AA=", "A!==", "Zm9v="])
    func `what is not base64 is not decoded`(text: String) { #expect(Base64.decode(text) == nil) }

    @Test func `TwiML is read with its escapes`() throws {
        let read = try Instructions(
            twiml: """
                <Response><Connect><Stream url="wss://h/a?x".><Parameter/></Stream></Connect></Response>
                """.replacing("?x\".", with: "&amp;b\"").replacing(
                    "<Parameter/>",
                    with: #"<Parameter name="n&amp;lt;" value="&lt;&gt;&quot;"/><Parameter name="e" value=""/>"#
                )
        )
        #expect(read.streamURL == "wss://h/a&b")
        #expect(read.parameters == ["n&lt;": "<>\"", "e": ""])
    }

    @Test(
        arguments: [
            "", "<Response><Reject/></Response>", "<Response><Say>x</Say></Response>",
            #"<Response><Connect><Stream url="https://h/"/></Connect></Response>"#,
            #"<Response><Connect><Stream url="wss://h/?token=1"/></Connect></Response>"#,
        ]
    ) func `what a carrier would not take is refused`(twiml: String) {
        #expect(throws: CarrierFailure.self) { try Instructions(twiml: twiml) }
    }

    @Test func `addresses have ports of their own or their scheme's`() throws {
        let plain = try Address("ws://127.0.0.1:8080/a/b")
        #expect(!plain.isTLS && plain.host == "127.0.0.1" && plain.port == 8080 && plain.path == "/a/b")
        let secure = try Address("wss://voice.example.org")
        #expect(secure.isTLS && secure.port == 443 && secure.path == "/")
        #expect(throws: CarrierFailure.self) { try Address("https://voice.example.org") }
    }

    @Test func `a buffer plays audio and marks in their order, across messages`() {
        var buffer = PlaybackBuffer()
        buffer.append([1, 2, 3])
        buffer.append(mark: "a")
        buffer.append([4, 5])
        buffer.append(mark: "b")
        #expect(buffer.count == 5)
        let first = buffer.play(2)
        #expect(first.audio == [1, 2] && first.marks.isEmpty)
        let second = buffer.play(2)
        #expect(second.audio == [3, 4] && second.marks == ["a"])
        buffer.append([6])
        buffer.append(mark: "c")
        #expect(buffer.clear() == ["b", "c"])
        #expect(buffer.count == 0 && buffer.play(2).audio.isEmpty)
    }
}
