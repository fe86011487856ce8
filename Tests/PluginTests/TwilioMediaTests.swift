import JSONKit
import PluginHost
import Testing

/// The codec of Media Streams: the carrier's messages on one side, PCM on the other.
@Suite struct TwilioMediaTests {
    static let start =
        #"{"event":"start","sequenceNumber":"1","streamSid":"MZ1","start":{"streamSid":"MZ1","accountSid":"AC1","#
        + #""callSid":"CA1","tracks":["inbound"],"customParameters":{"a":"b"},"#
        + #""mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1}}}"#

    /// One thing a test pushes.
    enum Input: Sendable {
        case message(String)
        case audio([Int16])
        case command(JSON)
    }

    /// What a stream emits for these inputs, without `started` where the messages begin with the usual start.
    private func run(_ inputs: [Input], config: JSON = ["verify_signatures": false]) throws -> [Emitted] {
        let bench = try PluginBench()
        try bench.load("telephony-twilio", config: config)
        let interface = "patchbay.telephony.media/1"
        let options: JSON = ["url": "wss://h/", "headers": [:]]
        // The last message ends the stream, so that the collector knows that all has been seen.
        let emitted = try bench.run("telephony-twilio", interface, options: options) { stream in
            for input in inputs + [.message(#"{"event":"stop"}"#)] { try Self.push(input, stream) }
        }
        return emitted.filter { $0 != .json(["event": "stopped"], item: 0) && $0 != .end }
    }

    private static func push(_ input: Input, _ stream: Stream) throws {
        switch input {
        case .message(var text):
            let pushed = text.withUTF8 { bytes in
                Result { () throws(PluginError) in try stream.push(bytes: UnsafeRawBufferPointer(bytes), item: 0) }
            }
            try pushed.get()
        case .audio(let samples): try stream.push(audio: samples.span, item: 0, at: 0)
        case .command(let json): try stream.push(json: json, item: 0)
        }
    }

    private func take(_ messages: String...) throws -> [Emitted] {
        Array(try run([.message(Self.start)] + messages.map { .message($0) }).dropFirst())
    }

    private static func media(_ chunk: Int, _ payload: String = "//8A") -> String {
        #"{"event":"media","streamSid":"MZ1","media":{"track":"inbound","chunk":"\#(chunk)","#
            + #""timestamp":"\#(chunk * 20)","payload":"\#(payload)"}}"#
    }

    private static func skipped(_ reason: String, count: Int64 = 1) -> Emitted {
        .json(["event": "skipped", "reason": .string(reason), "count": .int(count)], item: 0)
    }

    /// Mu-law 0xFF 0xFF 0x00, as ITU-T G.711 has it.
    private static let three = Emitted.audio([0, 0, -32124], item: 0)

    // MARK: From the carrier

    @Test func `a start is told with the call, the stream and the parameters`() throws {
        let expected: JSON = [
            "event": "started", "carrier_call_id": "CA1", "stream_id": "MZ1", "parameters": ["a": "b"],
        ]
        #expect(try run([.message(Self.start)]) == [.json(expected, item: 0)])
    }

    @Test(
        arguments: [
            #"{"event":"media","sequenceNumber":"3","streamSid":"MZ1","media":{"track":"inbound","chunk":"1","timestamp":"20","payload":"//8A"}}"#,
            #"{"media":{"payload":"//8A","timestamp":"20","chunk":"1","track":"inbound"},"streamSid":"MZ1","event":"media"}"#,
            " {\t\"event\" :\r\n \"media\" , \"media\" : { \"payload\" : \"//8A\" , \"chunk\" : 1 } } ",
            #"{"event":"media","media":{"payload":"\/\/8A","chunk":"1"}}"#,
            #"{"\u0065vent":"media","media":{"payload":"//8A"}}"#,
            #"{"event":"media","media":{"pay\u006coad":"//8A"}}"#,
            #"{"event":"med\u0069a","media":{"payload":"//8A"}}"#,
            #"{"extra":{"event":"stop","payload":"x","list":[{"a":[1,-2.5e3,true,null]},"]}"]},"event":"media","media":{"payload":"//8A","note":"\"}"}}"#,
        ]
    ) func `media is understood however it is written`(text: String) throws {
        #expect(try take(text) == [Self.three])
    }

    @Test func `every mu-law code is decoded as the standard says`() throws {
        // The standard's own expression, in another form than the plugin's: 14 bits, bias 33.
        let expected = (0..<256).map { code in
            let bits = ~UInt8(code)
            let magnitude = ((Int(bits & 15) * 2 + 33) << Int(bits >> 4 & 7)) - 33
            return Int16((bits & 128 == 0 ? magnitude : -magnitude) * 4)
        }
        let all = Base64Reference.encode((0..<256).map { UInt8($0) })
        #expect(try take(Self.media(1, all)) == [.audio(expected, item: 0)])
    }

    @Test func `gaps are tolerated; what comes late or twice is left out`() throws {
        let emitted = try take(Self.media(1), Self.media(5), Self.media(3), Self.media(5), Self.media(6))
        let audio = emitted.filter { $0 == Self.three }
        #expect(audio.count == 3)
        #expect(emitted.contains(Self.skipped("media out of order")))
    }

    @Test(
        arguments: [
            ("", "a message that is no JSON"), ("{", "a message that is no JSON"),
            (#"{"event":"media"} x"#, "a message that is no JSON"), ("[1]", "a message that is no JSON"),
            (#"{"event":"unheard of"}"#, "an event that is not known"),
            (#"{"a":1}"#, "a message that is no JSON object with an event"),
            (#"{"event":"media","media":{"chunk":"1"}}"#, "media without a payload"),
            (#"{"event":"media","media":{"payload":"A"}}"#, "a payload that is not base64"),
            (#"{"event":"media","media":{"payload":"AA=A"}}"#, "a payload that is not base64"),
            (#"{"event":"media","media":{"payload":"===="}}"#, "a payload that is not base64"),
            (#"{"event":"media","media":{"payload":1234}}"#, "media without a payload"),
            (
                #"{"event":"media","media":{"payload":"//8A","timestamp":"999999999999999999"}}"#,
                "media at an impossible time"
            ),
            (
                TwilioMediaTests.media(1, String(repeating: "A", count: 12000)),
                "more than a second of media in one message"
            ),
            (TwilioMediaTests.start, "a start that makes no sense"),
        ]
    ) func `what makes no sense is left out with its reason, and the next frame is heard`(
        text: String,
        reason: String
    ) throws {
        #expect(try take(text, Self.media(9)) == [Self.skipped(reason), Self.three])
    }

    @Test func `media before its start is left out`() throws {
        #expect(try run([.message(Self.media(1))]) == [Self.skipped("media before start")])
    }

    @Test func `our own audio, played back to us, is no caller`() throws {
        let echo = Self.media(1).replacing("inbound", with: "outbound")
        #expect(try take(echo, Self.media(1)) == [Self.three])
    }

    @Test func `marks, digits and the end are told`() throws {
        let emitted = try take(
            #"{"event":"mark","streamSid":"MZ1","mark":{"name":"s\"7"}}"#,
            #"{"event":"dtmf","streamSid":"MZ1","dtmf":{"track":"inbound_track","digit":"*"}}"#
        )
        #expect(
            emitted == [
                .json(["event": "mark", "name": "s\"7"], item: 0), .json(["event": "dtmf", "digit": "*"], item: 0),
            ]
        )
    }

    @Test func `at the bound of senseless messages in a row the stream fails with the reason`() throws {
        let config: JSON = ["verify_signatures": false, "skip_bound": 3]
        let good = Self.media(1)
        let messages = [Self.start, "x", "x", good, "x", "x", "x", Self.media(2)]
        let emitted = try run(messages.map { .message($0) }, config: config)
        guard case .failed(let failure)? = emitted.last else { return #expect(Bool(false), "\(emitted)") }
        #expect(failure.code == .malformed)
        #expect(failure.message == "3 senseless messages in a row, the last: a message that is no JSON")
        #expect(emitted.filter { $0 == Self.three }.count == 1)
    }

    @Test(arguments: [("audio/x-mulaw", "audio/opus"), ("8000", "16000"), ("\"channels\":1", "\"channels\":2")])
    func `other media than 8 kHz mono mu-law is refused with the reason`(from: String, to: String) throws {
        let emitted = try run([.message(Self.start.replacing(from, with: to))])
        guard case .failed(let failure)? = emitted.last else { return #expect(Bool(false), "\(emitted)") }
        #expect(failure.message == "the media is not audio/x-mulaw, 8000 Hz, mono")
    }

    // MARK: To the carrier

    @Test func `audio becomes media messages with plain base64`() throws {
        let emitted = try run([.message(Self.start), .audio([0, 0, -32124])])
        let text = #"{"event":"media","streamSid":"MZ1","media":{"payload":"//8A"}}"#
        #expect(emitted.last == .bytes(text))
    }

    @Test func `every code survives the way out and back; positive and negative zero are one`() throws {
        let codes = (0..<256).map { UInt8($0) }
        let decoded = try take(Self.media(1, Base64Reference.encode(codes)))
        guard case .audio(let samples, _)? = decoded.first else { return #expect(Bool(false), "\(decoded)") }
        let sent = try run([.message(Self.start), .audio(samples)])
        let expected = Base64Reference.encode(codes.map { $0 == 0x7F ? 0xFF : $0 })
        #expect(sent.last == .bytes(#"{"event":"media","streamSid":"MZ1","media":{"payload":"\#(expected)"}}"#))
    }

    @Test func `long audio goes in pieces, and none of it is lost`() throws {
        let samples = (0..<5000).map { _ in Int16(-32124) }
        let emitted = try run([.message(Self.start), .audio(samples)]).dropFirst()
        var bytes = 0
        for case .bytes(let text) in emitted {
            let payload = try #require(try JSON(parsing: text)["media"]?["payload"]?.string)
            bytes += payload.utf8.count / 4 * 3 - payload.utf8.count { $0 == UInt8(ascii: "=") }
        }
        #expect(bytes == 5000 && emitted.count == 5)
    }

    @Test func `mark and clear are sent as the carrier wants them`() throws {
        let commands: [JSON] = [["op": "mark", "name": "s7"], ["op": "clear"], ["op": "unheard of"]]
        let emitted = try run([.message(Self.start)] + commands.map { .command($0) })
        #expect(
            Array(emitted.dropFirst()) == [
                .bytes(#"{"event":"mark","streamSid":"MZ1","mark":{"name":"s7"}}"#),
                .bytes(#"{"event":"clear","streamSid":"MZ1"}"#),
            ]
        )
    }

    @Test func `nothing is sent before the stream has a name`() throws {
        #expect(try run([.audio([0, 0, 0]), .command(["op": "clear"])]).isEmpty)
    }

    // MARK: Anything at all

    @Test func `mutated messages never yield audio that a strict reader does not find in them`() throws {
        var random = Dice(seed: 20)
        var inputs: [Input] = [.message(Self.start)]
        var expected = 0
        for _ in 0..<20_000 {
            var bytes = Array(#"{"event":"media","media":{"track":"inbound","payload":"//8A"},"x":[1,{"y":"z"}]}"#.utf8)
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes[place] = "{}[]\":,\\/ abe0\u{1}".utf8.randomElement(using: &random) ?? 0
                case 1: bytes.remove(at: place)
                default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: place)
                }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            inputs.append(.message(text))
            if let json = try? JSON(parsing: text), json["event"] == "media", json["media"]?["payload"] == "//8A",
                json["media"]?["track"] == "inbound"
            {
                expected += 1
            }
        }
        let emitted = try run(inputs, config: ["verify_signatures": false, "skip_bound": 100_000])
        let heard = emitted.count { $0 == Self.three }
        // The scanner is laxer than the strict reader: it checks structure only. It must never miss what is right.
        #expect(expected > 5_000)
        #expect(heard >= expected)
        #expect(heard < expected + expected / 5)
    }
}

/// Always the same numbers: splitmix64.
private struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// RFC 4648 by the book, bit by bit.
enum Base64Reference {
    static func encode(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        let bits = bytes.flatMap { byte in (0..<8).map { byte >> (7 - $0) & 1 } }
        var text = ""
        for start in stride(from: 0, to: bits.count, by: 6) {
            let digit = (0..<6).reduce(0) { $0 * 2 + (start + $1 < bits.count ? Int(bits[start + $1]) : 0) }
            text.append(alphabet[digit])
        }
        while text.count % 4 != 0 { text.append("=") }
        return text
    }
}
