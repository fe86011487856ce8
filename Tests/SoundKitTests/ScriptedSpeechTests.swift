import SoundKit
import Testing

@Suite struct ScriptedSpeechTests {
    @Test(arguments: [1, 7, 160, 1600])
    func `words are read again from their sound, whatever the pieces`(piece: Int) {
        let text = "I'd like to book, for Straße 12: mhm"
        let audio = [0, 0, 0] + ScriptedSpeech.audio(of: text)
        var reader = ScriptedSpeechReader()
        var words: [String] = []
        for start in stride(from: 0, to: audio.count, by: piece) {
            words += Array(audio[start..<min(audio.count, start + piece)]).withUnsafeBufferPointer { reader.read($0) }
        }
        #expect(words.joined(separator: " ") == text)
    }

    @Test func `a word is heard once it has been spoken to the end, not before`() {
        let audio = ScriptedSpeech.audio(word: "appointment")
        let spoken = audio.count - ScriptedSpeech.gap * 8
        var reader = ScriptedSpeechReader()
        #expect(audio[..<(spoken - 1)].withUnsafeBufferPointer { reader.read($0) } == [])
        #expect(audio[(spoken - 1)...].withUnsafeBufferPointer { reader.read($0) } == ["appointment"])
    }

    @Test func `silence has no words, and a word cut short is lost alone`() {
        var reader = ScriptedSpeechReader()
        let half = Array(ScriptedSpeech.audio(word: "half").prefix(1600))
        let audio = [Int16](repeating: 0, count: 8000) + half + ScriptedSpeech.audio(word: "whole")
        #expect(audio.withUnsafeBufferPointer { reader.read($0) } == ["whole"])
    }
}
