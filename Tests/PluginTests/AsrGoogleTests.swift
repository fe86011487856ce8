import JSONKit
import PluginHost
import SoundKit
import Testing

@Suite struct AsrGoogleTests {
    private static let hello = GoogleBench.json(
        #"{"results":[{"alternatives":[{"transcript":"hello there","confidence":0.93}],"resultEndTime":"1.2s","#
            + #""languageCode":"en-us"}],"totalBilledTime":"2s","requestId":"77"}"#
    )

    private func heard(
        _ reply: ScriptedServer.Reply = hello,
        _ config: JSONObject = [:],
        _ utterances: [[Int16]] = [[Int16](repeating: 500, count: 320)]
    ) throws -> [Emitted] {
        try GoogleBench("asr-google", config) { _ in reply }.recognise(utterances)
    }

    private func failure(_ reply: ScriptedServer.Reply, _ config: JSONObject = [:]) throws -> PluginFailure {
        let emitted = try heard(reply, config)
        guard case .failed(let failure)? = emitted.last else { throw Files.Unreadable(path: "no failure: \(emitted)") }
        #expect(emitted.count == 1)
        return failure
    }

    // MARK: Asking

    @Test func `an utterance is posted once it is complete, with the agent's phrases and the audio as the line had it`()
        throws
    {
        let google = try GoogleBench(
            "asr-google",
            ["phrases": ["Patchbay", "Patchbay"], "boost": 12.5, "languages": ["en-US": "en-GB"]]
        ) { _ in Self.hello }
        let samples = (0..<321).map { Int16($0 * 90 - 14_000) }
        let options: JSON = [
            "sample_rate": 8000, "language": "en-US",
            "phrases": ["Dr. Alvarez", .string(String(repeating: "x", count: 101)), ""],
        ]
        let emitted = try google.recognise([samples], options: options)
        #expect(emitted == [.text("hello there", item: 1, isFinal: true), .done(1), .end])
        let sent = try #require(google.asked.first)
        #expect(google.asked.count == 1)
        #expect(sent.head.hasPrefix("POST /v1/speech:recognize HTTP/1.1"))
        #expect(sent.head.lowercased().contains("x-goog-api-key: aiza-test"))
        let config: JSON = [
            "encoding": "MULAW", "sampleRateHertz": 8000, "languageCode": "en-GB", "model": "telephony",
            "enableAutomaticPunctuation": true,
            "speechContexts": [["phrases": ["Patchbay", "Dr. Alvarez"], "boost": 12.5]],
        ]
        #expect(sent.body["config"] == config)
        #expect(try audio(sent) == samples.map { G711.encode($0) })
    }

    @Test func `LINEAR16 is the samples' own bytes, and the settings are in Google's words`() throws {
        let google = try GoogleBench(
            "asr-google",
            [
                "encoding": "LINEAR16", "model": "phone_call", "use_enhanced": true, "automatic_punctuation": false,
                "profanity_filter": true, "extra": ["maxAlternatives": 2],
            ]
        ) { _ in Self.hello }
        _ = try google.recognise([[1, -2, 258]], options: ["sample_rate": 16000, "language": "de-DE"])
        let sent = try #require(google.asked.first)
        let config: JSON = [
            "encoding": "LINEAR16", "sampleRateHertz": 16000, "languageCode": "de-DE", "model": "phone_call",
            "useEnhanced": true, "profanityFilter": true, "enableAutomaticPunctuation": false, "maxAlternatives": 2,
        ]
        #expect(sent.body["config"] == config)
        #expect(try audio(sent) == [1, 0, 0xFE, 0xFF, 2, 1])
    }

    private func audio(_ request: ScriptedServer.Request) throws -> [UInt8] {
        try TestBase64.decode(#require(request.body["audio"]?["content"]?.string))
    }

    @Test func `an utterance of more than a minute is recognised in stretches, cut at a pause, and is one text`() throws
    {
        let loud = [Int16](repeating: 3000, count: 55 * 8000)
        let pause = [Int16](repeating: 100, count: 1600)
        let rest = [Int16](repeating: 3000, count: 66 * 8000)
        let google = try GoogleBench("asr-google") { request in
            let length = request.body["audio"]?["content"]?.string?.utf8.count ?? 0
            return GoogleBench.json(
                #"{"results":[{"alternatives":[{"transcript":"\#(length / 4 * 3 / 8000) seconds"}]}]}"#
            )
        }
        let emitted = try google.recognise([loud + pause + rest])
        #expect(emitted == [.text("55 seconds 60 seconds 6 seconds", item: 1, isFinal: true), .done(1), .end])
        let audio = try google.asked.flatMap(audio)
        #expect(audio == (loud + pause + rest).map { G711.encode($0) })
    }

    @Test func `an utterance without audio is not worth a request`() throws {
        let google = try GoogleBench("asr-google") { _ in Self.hello }
        #expect(try google.recognise([[]]) == [.text("", item: 1, isFinal: true), .done(1), .end])
        #expect(google.server.requests.isEmpty)
    }

    // MARK: Understanding

    @Test func `silence has no results, and is an empty text`() throws {
        let silence: [Emitted] = [.text("", item: 1, isFinal: true), .done(1), .end]
        #expect(try heard(GoogleBench.json(#"{"totalBilledTime":"1s","requestId":"5"}"#)) == silence)
        #expect(try heard(GoogleBench.json("{}\n")) == silence)
        #expect(try heard(GoogleBench.json(#"{"results":[{"alternatives":[{}]},{}]}"#)) == silence)
    }

    @Test func `several results are joined, with one space where the language has spaces`() throws {
        func text(_ parts: [String]) throws -> Emitted? {
            let results: [JSON] = parts.map {
                ["alternatives": [["transcript": .string($0)], ["transcript": "other"]]]
            }
            return try heard(GoogleBench.json(JSON.object(["results": .array(results)]).description)).first
        }
        let joined = Emitted.text("I need an appointment on Tuesday", item: 1, isFinal: true)
        #expect(try text(["I need an appointment", " on Tuesday "]) == joined)
        #expect(try text(["I need an appointment", "on Tuesday"]) == joined)
        #expect(try text(["予約を", "お願いします"]) == .text("予約をお願いします", item: 1, isFinal: true))
    }

    @Test func `two utterances have one final text each`() throws {
        let two = [[Int16]](repeating: [1, 2, 3], count: 2)
        let emitted = try heard(Self.hello, [:], two)
        for item: UInt64 in [1, 2] {
            #expect(emitted.filter { $0 == .text("hello there", item: item, isFinal: true) }.count == 1)
            #expect(emitted.filter { $0 == .done(item) }.count == 1)
        }
        #expect(emitted.last == .end)
    }

    @Test func `with partials_ms what has been said so far is understood in between`() throws {
        let google = try GoogleBench("asr-google", ["partials_ms": 100]) { request in
            let length = request.body["audio"]?["content"]?.string?.utf8.count ?? 0
            return GoogleBench.json(#"{"results":[{"alternatives":[{"transcript":"\#(length)"}]}]}"#)
        }
        let emitted = try google.bench.run(
            "asr-google",
            "patchbay.asr/1",
            options: ["sample_rate": 8000, "language": "en-US"],
            until: { $0.contains { if case .text = $0 { true } else { false } } }
        ) { stream in
            let frame = [Int16](repeating: 7, count: 800)
            try stream.push(audio: frame.span, item: 1, at: 0)
            try stream.push(audio: frame.span, item: 1, at: 100_000)
        }
        // 800 bytes; the second piece had to wait for the answer.
        #expect(emitted == [.text("1068", item: 1, isFinal: false)])
    }

    @Test func `a cancelled utterance is closed without a text, whether it is spoken or recognised`() throws {
        let google = try GoogleBench("asr-google") { _ in .init(steps: [.hang]) }
        let emitted = try google.bench.run("asr-google", "patchbay.asr/1") { stream in
            let frame = [Int16](repeating: 7, count: 160)
            try stream.push(audio: frame.span, item: 1, at: 0)
            try stream.done(item: 1)
            try stream.push(audio: frame.span, item: 2, at: 0)
            stream.cancel(item: 1)
            stream.cancel(item: 2)
            try stream.push(audio: frame.span, item: 2, at: 0)
            try stream.done(item: 2)
            try stream.end()
        }
        #expect(emitted == [.done(1), .done(2), .end])
    }

    // MARK: Refusals

    @Test func `Google's errors say whether another try can help`() throws {
        let cases: [(Int, String, PluginFailure.Code, Bool)] = [
            (400, "INVALID_ARGUMENT", .invalid, false), (403, "PERMISSION_DENIED", .refused, false),
            (401, "UNAUTHENTICATED", .refused, false), (404, "NOT_FOUND", .invalid, false),
            (409, "ABORTED", .unavailable, true), (429, "RESOURCE_EXHAUSTED", .unavailable, true),
            (499, "CANCELLED", .invalid, false), (500, "INTERNAL", .unavailable, true),
            (503, "UNAVAILABLE", .unavailable, true), (504, "DEADLINE_EXCEEDED", .unavailable, true),
        ]
        for (status, name, code, isRetryable) in cases {
            let failure = try failure(GoogleBench.error(status, name, "Something about AIza-test."))
            #expect(failure.code == code, "\(status)")
            #expect(failure.isRetryable == isRetryable, "\(status)")
            #expect(failure.message == "HTTP \(status): Something about ***.", "\(status)")
        }
    }

    @Test func `a wait is taken from the header, or from the details of the error`() throws {
        let header = try failure(GoogleBench.error(429, "RESOURCE_EXHAUSTED", "Slow.", headers: ["retry-after: 2"]))
        #expect(header.retryAfter == .milliseconds(2000))
        let details = #"[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"3.250s"}]"#
        let body = #"{"error":{"code":429,"message":"Quota.","status":"RESOURCE_EXHAUSTED","details":\#(details)}}"#
        #expect(try failure(GoogleBench.json(body, status: 429)).retryAfter == .milliseconds(3250))
        #expect(try failure(GoogleBench.error(429, "RESOURCE_EXHAUSTED", "Slow.")).retryAfter == nil)
    }

    @Test func `pages in HTML, answers that break off and silence are failures that another try may mend`() throws {
        let page = "<!DOCTYPE html>\n<html><title>Error 502 (Server Error)!!1</title></html>"
        let html = ["content-type: text/html; charset=UTF-8"]
        #expect(try failure(.init(status: 502, headers: html, steps: [.piece(page)])).code == .unavailable)
        let wrong = try failure(.init(headers: html, steps: [.piece(page)]))
        #expect(wrong.code == .malformed)
        #expect(wrong.message.contains("no JSON"))
        let cut = try failure(.init(steps: [.piece(#"{"results":[{"altern"#), .cut]))
        #expect(cut.isRetryable)
        let slow = try failure(.init(steps: [.hang]), ["total_ms": 60])
        #expect(slow.code == .timeout)
        #expect(slow.isRetryable)
    }

    @Test func `a slow first byte is waited for`() throws {
        let emitted = try heard(.init(steps: [.pause(150), .piece(#"{"results":[]}"#)]), ["idle_ms": 2000])
        #expect(emitted == [.text("", item: 1, isFinal: true), .done(1), .end])
    }
}
