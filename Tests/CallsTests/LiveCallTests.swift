import Core
import JSONKit
import Media
import PluginHost
import Testing

@testable import Calls

@Suite struct LiveCallTests {
    @Test func `a caller is greeted, understood, answered and let go, and nothing stays open`() throws {
        let scene = try Scene(asr: [["texts": ["I want to book", "bye"]]])
        defer { scene.finish() }
        scene.listen()
        // 20 ms for each letter.
        #expect(scene.line.frames.count == "Hello there.".count)
        scene.say()
        scene.listen()
        #expect(
            scene.transcript == [
                "agent: Hello there.", "caller: I want to book", "agent: One two three. Four five six.",
            ]
        )
        #expect(scene.events(.intentLabelled).first?["intent"] == "book")
        let latency = try #require(scene.events(.turnCompleted).first?["latency"])
        // A frame is dated by its middle.
        #expect(latency["endpointing_ms"]?.double ?? 0 >= 390)
        #expect(latency["endpointing_ms"]?.double ?? 0 <= 430)
        #expect(latency["added_ms"]?.double ?? 99 < 20)
        scene.say()
        scene.listen()
        #expect(scene.line.closed == "completed")
        #expect(scene.events(.callEnded).first?["disposition"] == "done")
        #expect(scene.openStreams == 0)
        #expect(scene.directory.count == 0)
        #expect(scene.forgotten == 1)
    }

    @Test func `speech reaches recognition from before it was noticed to the end`() throws {
        let scene = try Scene()
        defer { scene.finish() }
        scene.listen()
        scene.quiet(1000)
        scene.say(600)
        let text = try #require(scene.events(.transcriptFinal).first?["text"]?.string)
        let samples = try #require(text.split(separator: " ").first.flatMap { Int($0) })
        // 200 ms of look-back, the speech, and the silence that ended it.
        #expect(samples >= (200 + 600 + 380) * 8)
        #expect(samples <= (200 + 600 + 460) * 8)
    }

    // MARK: Playing

    @Test
    func `a voice that begins with silence is heard at once, and the ledger is what an outside listener measures`()
        throws
    {
        let scene = try Scene(asr: [["texts": ["hello"]]], tts: [["level": 1000, "lead": 12]])
        defer { scene.finish() }
        scene.listen()
        #expect(scene.line.frames.allSatisfy { $0.level > 900 })
        scene.quiet(400)
        scene.speak(600)
        let spoken = scene.loop.now
        let before = scene.line.frames.count
        scene.quiet(600)
        let first = try #require(scene.line.frames.dropFirst(before).first)
        scene.listen()
        let latency = try #require(scene.events(.turnCompleted).first?["latency"])
        let gap = try #require(latency["gap_ms"]?.double)
        // The last frame of speech is silent: what was spoken before ended 40 ms before it had been heard.
        let outside = first.at.milliseconds(since: spoken) + 40
        #expect(abs(gap - outside) <= 20, "ledger \(gap), outside \(outside)")
        #expect(latency["voice_lead_ms"]?.double ?? 99 <= 5)
    }

    @Test func `silence between two sentences stays, for it is a pause`() throws {
        let scene = try Scene(asr: [["texts": ["hello"]]], tts: [["level": 1000, "lead": 10]])
        defer { scene.finish() }
        scene.listen()
        scene.say()
        scene.listen()
        // Two sentences: the second one's silence is played.
        #expect(scene.line.frames.count { $0.level == 0 } == 10)
    }

    @Test func `audio is sent in real time, a little ahead, and never late`() throws {
        let scene = try Scene { $0["greeting"] = "This is a rather long greeting that takes a while to say, I fear." }
        defer { scene.finish() }
        scene.line.isStretch = true
        scene.listen()
        #expect(scene.line.longestQueue <= Playout.lead + .milliseconds(20))
        #expect(scene.line.starved == 0)
        #expect(scene.call.playout.lateFrames == 0)
        let first = try #require(scene.line.frames.first)
        let last = try #require(scene.line.frames.last)
        let expected = Double(scene.line.frames.count * 20 - 100)
        #expect(abs(last.at.milliseconds(since: first.at) - expected) <= 40)
    }

    @Test func `a line that returns no marks does not hold up the conversation`() throws {
        let scene = try Scene(asr: [["texts": ["hello"]]])
        defer { scene.finish() }
        scene.line.returnsMarks = false
        scene.quiet(4000)
        #expect(scene.call.machine.stateName == "listening")
        #expect(scene.transcript == ["agent: Hello there."])
    }

    @Test func `an idle call holds no audio`() throws {
        let scene = try Scene()
        defer { scene.finish() }
        scene.listen()
        scene.quiet(6000)
        #expect(scene.call.ring.footprint <= 16_384)
        #expect(scene.call.playout.queued == 0)
    }

    // MARK: Interrupting

    @Test func `a caller who speaks over the agent is heard at once`() throws {
        let scene = try Scene(asr: [["texts": ["stop please", "bye"]]]) {
            $0["greeting"] = "This greeting is far too long for anybody to listen to the end of it."
            $0["turn_taking"] = ["barge_in_min_speech_ms": 300, "barge_in_certain_ms": 300]
        }
        defer { scene.finish() }
        scene.quiet(600)
        scene.speak(280)
        #expect(scene.line.clears.isEmpty)
        let before = scene.line.frames.count
        scene.speak(100)
        #expect(scene.line.clears.count == 1)
        #expect(scene.line.frames.count - before <= 3)
        let event = try #require(scene.events(.bargeIn).first)
        #expect(event["stop_ms"]?.double ?? 99 <= 25)
        #expect(event["speech_ms"]?.int ?? 0 >= 300)
        scene.quiet(500)
        #expect(scene.events(.transcriptFinal).first?["text"] == "stop please")
        let heard = try #require(scene.events(.replySpoken).first)
        #expect(heard["interrupted"] == true)
        let words = try #require(heard["text"]?.string)
        // 980 ms were played, at 20 ms a letter.
        #expect("This greeting is far too long for anybody to listen".hasPrefix(words))
        #expect(words.count >= 35)
    }

    @Test func `a short sound does not stop the agent`() throws {
        let scene = try Scene { $0["greeting"] = "This greeting goes on and on and on for quite a while." }
        defer { scene.finish() }
        scene.quiet(400)
        scene.speak(160)
        scene.listen()
        #expect(scene.line.clears.isEmpty)
        #expect(scene.events(.bargeIn).isEmpty)
        #expect(scene.events(.transcriptFinal).isEmpty)
        #expect(scene.transcript == ["agent: This greeting goes on and on and on for quite a while."])
    }

    @Test func `an agent that may not be interrupted finishes, then hears what was said`() throws {
        let scene = try Scene(asr: [["texts": ["hello"]]]) {
            $0["greeting"] = "A short greeting, please wait."
            $0["turn_taking"] = ["barge_in": false, "endpointing_ms": 400]
        }
        defer { scene.finish() }
        scene.quiet(200)
        scene.speak(800)
        scene.quiet(500)
        #expect(scene.line.clears.isEmpty)
        #expect(scene.events(.transcriptFinal).first?["text"] == "hello")
    }

    @Test func `the agent cannot be interrupted in its last words`() throws {
        let scene = try Scene(asr: [["texts": ["bye"]]])
        defer { scene.finish() }
        scene.listen()
        scene.say()
        scene.speak(600)
        scene.quiet(2000)
        #expect(scene.line.clears.count <= 1)
        #expect(scene.line.closed == "completed")
        #expect(scene.events(.transcriptFinal).count == 1)
    }

    // MARK: Exchanging and failing

    @Test func `the voice is exchanged between two sentences without losing a frame`() throws {
        let first = String(repeating: "word ", count: 25) + "end."
        let second = "And this is the second one."
        let scene = try Scene(asr: [["texts": ["hello"]]], llm: [["reply": .string("\(first) \(second)")]])
        defer { scene.finish() }
        scene.listen()
        scene.say()
        // The first sentence is being played; the second is not synthesised before there is room for it.
        _ = try scene.registry.swap("tts-0", config: ["level": 200])
        scene.listen()
        #expect(scene.frames(level: 100) == "Hello there.".count + first.count)
        #expect(scene.frames(level: 200) == second.count)
        #expect(scene.line.starved == 0)
        #expect(scene.events(.routeFellBack).isEmpty)
    }

    @Test func `a voice that dies in the middle of a sentence is continued by the next one`() throws {
        let greeting = "Please listen carefully to what I have to say to you today."
        let scene = try Scene(tts: [["level": 100, "die_after": 30], ["level": 200]]) {
            $0["greeting"] = .string(greeting)
        }
        defer { scene.finish() }
        scene.listen()
        #expect(scene.events(.routeFellBack).count == 1)
        // It died before a word was played: the second voice says all of it.
        #expect(scene.frames(level: 100) <= 4)
        #expect(scene.frames(level: 200) == greeting.count)
        #expect(scene.transcript == ["agent: \(greeting)"])
    }

    @Test func `a voice that stalls after half a sentence was heard is continued at a word`() throws {
        // The greeting is short enough to be finished, and tells how fast the voice is.
        let (greeting, words) = (
            "Good morning to you all.", "Please listen carefully to what I have to say to you today."
        )
        let scene = try Scene(tts: [["level": 100, "stall_after": 30], ["level": 200]]) {
            $0["greeting"] = .string(greeting)
        }
        defer { scene.finish() }
        scene.listen()
        scene.call.say(words)
        scene.listen()
        #expect(scene.frames(level: 100) > greeting.count + 10)
        let second = scene.frames(level: 200)
        #expect(second > 10)
        #expect(second < words.count - 10)
        #expect(scene.transcript == ["agent: \(greeting)", "agent: \(words)"])
    }

    @Test func `a stage in another language is heard, understood and spoken in it`() throws {
        let scene = try Scene(asr: [["texts": ["I want to book", "and bye", "noch etwas"]]]) {
            $0["voices"] = ["de-DE": "greta"]
            $0["stages"] = [
                [
                    "name": "intro",
                    "transitions": [["on": ["intent": "book"], "to": "german", "say": "Einen Moment."]],
                ],
                ["name": "german", "language": "de-DE"],
            ]
        }
        defer { scene.finish() }
        scene.listen()
        #expect(scene.call.voice["language"] == "en-US")
        #expect(scene.call.voice["voice"] == nil)
        scene.say()
        scene.listen()
        #expect(scene.call.voice["language"] == "de-DE")
        #expect(scene.call.voice["voice"] == "greta")
        #expect(scene.call.machine.tongue.asrOptions["language"] == "de-DE")
        scene.say()
        scene.listen()
        #expect(scene.transcript.contains("caller: and bye"))
        #expect(scene.transcript.last == "agent: One two three. Four five six.")
        // One stream of each kind, and none of the language before.
        #expect(scene.openStreams == 4)
        scene.hangUp()
        #expect(scene.openStreams == 0)
    }

    @Test func `without any voice the call ends, and says why`() throws {
        let scene = try Scene(tts: [["refuse_for_good": 1], ["fail_items": 9]])
        defer { scene.finish() }
        #expect(scene.line.closed == "synthesis failed")
        #expect(scene.events(.dispositionSet).first?["disposition"] == "technical_failure")
        #expect(scene.openStreams == 0)
    }

    @Test func `a model that stalls after a sentence is continued without repeating it`() throws {
        let model: [JSON] = [
            ["reply": "One two three. Four five six.", "stall_after": 4],
            ["reply": "One two three. Seven eight nine."],
        ]
        let scene = try Scene(asr: [["texts": ["hello"]]], llm: model)
        defer { scene.finish() }
        scene.listen()
        scene.say()
        scene.listen()
        #expect(scene.transcript.last == "agent: One two three. Seven eight nine.")
        #expect(scene.events(.routeFellBack).count == 1)
    }

    @Test func `without any model the stage's own words are spoken`() throws {
        let scene = try Scene(asr: [["texts": ["hello"]]], llm: [["refuse_for_good": 1]])
        defer { scene.finish() }
        scene.listen()
        scene.say()
        scene.listen()
        #expect(scene.transcript.last == "agent: I do not know.")
    }

    @Test func `an utterance is recognised whole by the next provider when the first is silent`() throws {
        let alone = try Scene()
        alone.listen()
        alone.say(800)
        let expected = alone.events(.transcriptFinal).first?["text"]
        alone.finish()
        let scene = try Scene(asr: [["silent": 1], [:]])
        defer { scene.finish() }
        scene.listen()
        scene.say(800)
        scene.quiet(600)
        #expect(scene.events(.transcriptFinal).first?["text"] == expected)
    }

    @Test func `providers that are done without an answer do not hold up the conversation`() throws {
        let scene = try Scene(asr: [["mute": 1]])
        defer { scene.finish() }
        scene.listen()
        scene.say()
        scene.listen()
        #expect(scene.transcript.last == "agent: Sorry, I have trouble hearing you at the moment. Please try again.")
        #expect(scene.call.machine.stateName == "listening")
        #expect(scene.call.utterances.isEmpty)

        let speechless = try Scene(asr: [["texts": ["hello"]]], llm: [["mute": 1]])
        defer { speechless.finish() }
        speechless.listen()
        speechless.say()
        speechless.listen()
        #expect(speechless.transcript.last == "agent: I do not know.")
    }

    @Test func `without any recognition the agent apologises and goes on`() throws {
        let scene = try Scene(asr: [["fail_items": 1, "texts": ["hello"]]])
        defer { scene.finish() }
        scene.listen()
        scene.say()
        scene.listen()
        #expect(scene.transcript.last == "agent: Sorry, I have trouble hearing you at the moment. Please try again.")
        scene.say()
        scene.listen()
        #expect(scene.transcript.contains("caller: hello"))
    }

    // MARK: Ending

    @Test(arguments: [0, 200, 1000, 1300, 1500, 1700, 2400])
    func `a caller may hang up at any moment and nothing stays open`(_ milliseconds: Int) throws {
        let scene = try Scene(asr: [["texts": ["hello"]]])
        defer { scene.finish() }
        var left = milliseconds
        for (speaks, length) in [(false, 600), (true, 600), (false, 1200)] {
            let now = min(left, length)
            if speaks { scene.speak(now) } else { scene.quiet(now) }
            left -= now
        }
        scene.call.lineClosed(reason: "the caller hung up")
        #expect(scene.openStreams == 0)
        #expect(scene.directory.count == 0)
        #expect(scene.events(.callEnded).first?["disposition"] == "left_early")
        let frames = scene.line.frames.count
        scene.loop.advance(by: .seconds(60))
        #expect(scene.line.frames.count == frames)
        #expect(scene.events(.callEnded).count == 1)
    }

    @Test(arguments: [0, 700, 1300, 1600, 2400])
    func `a call that is over is freed, whatever it was doing`(_ milliseconds: Int) throws {
        let scene = try Scene(asr: [["texts": ["hello"]]])
        defer { scene.finish() }
        scene.quiet(600)
        scene.speak(min(600, milliseconds))
        scene.quiet(max(0, milliseconds - 600))
        let sessions = [scene.call.asr, scene.call.llm, scene.call.tts].compactMap { $0 }.map { Weak($0) }
        let call = Weak(scene.call)
        scene.hangUp()
        scene.loop.advance(by: .milliseconds(100))
        #expect(call.object == nil)
        #expect(sessions.allSatisfy { $0.object == nil })
    }

    private struct Weak {
        weak var object: AnyObject?
        init(_ object: AnyObject?) { self.object = object }
    }

    @Test func `one call too many is refused`() throws {
        let scene = try Scene(limit: 1)
        defer { scene.finish() }
        #expect(throws: CallFailure.full(limit: 1)) {
            _ = try scene.directory.current?.answer(scene.call.details, line: scene.line)
        }
        #expect(scene.directory.count == 1)
    }

    // MARK: The line

    @Test func `missing audio is silence, repeated audio is left out`() throws {
        let scene = try Scene()
        defer { scene.finish() }
        let frame = [Int16](repeating: 5, count: 160)
        scene.call.hear(frame.span, at: 40_000)
        scene.call.hear(frame.span, at: 100_000)
        #expect(scene.call.ring.written == 640)
        scene.call.hear(frame.span, at: 60_000)
        #expect(scene.call.ring.written == 640)
        scene.call.hear(frame.span, at: 120_000)
        #expect(scene.call.ring.written == 800)
        scene.call.hear(frame.span, at: 60_000_000)
        #expect(scene.call.ring.written == 960)
    }
}
