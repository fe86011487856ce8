import Core

/// What the agent is saying: the sentences handed to synthesis and what the caller has heard of each. A pure value.
struct Speech {
    struct Sentence: Equatable {
        let item: UInt64
        let text: String
        /// Nil until it is synthesised.
        var milliseconds: Int?
        /// Where its words end, as far as the voice has told.
        var ends: [Int] = []
        /// When its first audio went to the line.
        var playing: Moment?
        var isSent = false
        var isHeard = false
    }

    private(set) var sentences: [Sentence] = []
    /// What had been heard of it before it was interrupted by mistake.
    private var before = ""
    /// When the last mark came: the next sentence's audio began there.
    private var lastMark: Moment?

    /// Whether anything is said, or about to be.
    var isActive: Bool { sentences.contains { !$0.isHeard } }
    /// Whether the caller hears something.
    var isAudible: Bool { sentences.contains { $0.playing != nil && !$0.isHeard } }
    /// Whether everything has gone to the line, and only marks are awaited.
    var isSent: Bool { sentences.allSatisfy { $0.isSent || $0.isHeard } }

    mutating func add(_ item: UInt64, _ text: String) { sentences.append(Sentence(item: item, text: text)) }

    mutating func synthesised(_ item: UInt64, milliseconds: Int) { change(item) { $0.milliseconds = milliseconds } }
    mutating func timed(_ item: UInt64, ends: [Int]) { change(item) { $0.ends = ends } }
    mutating func playing(_ item: UInt64, at now: Moment) { change(item) { $0.playing = $0.playing ?? now } }
    mutating func sent(_ item: UInt64) { change(item) { $0.isSent = true } }

    /// A mark stands behind all that came before it.
    mutating func heard(_ item: UInt64, at now: Moment) {
        guard sentences.contains(where: { $0.item == item }) else { return }
        for index in sentences.indices where sentences[index].item <= item { sentences[index].isHeard = true }
        lastMark = now
    }

    private mutating func change(_ item: UInt64, _ body: (inout Sentence) -> Void) {
        guard let index = sentences.firstIndex(where: { $0.item == item }) else { return }
        body(&sentences[index])
    }

    /// The words that reached the caller's ear by now: whole sentences by their marks, of the one being played those that
    /// have ended.
    func heardText(at now: Moment) -> String {
        var heard = before.isEmpty ? [] : [before]
        for sentence in sentences {
            let words = wordsHeard(of: sentence, at: now)
            if words > 0 { heard.append(WordTimes(sentence.text).text(first: words)) }
            if !sentence.isHeard { break }
        }
        return heard.joined(separator: " ")
    }

    /// The sentences that are still to be heard, the first from its first word that was not.
    func unheard(at now: Moment) -> [String] {
        sentences.compactMap { sentence in
            let rest = WordTimes(sentence.text).text(from: wordsHeard(of: sentence, at: now))
            return rest.isEmpty ? nil : rest
        }
    }

    private func wordsHeard(of sentence: Sentence, at now: Moment) -> Int {
        let times = WordTimes(sentence.text, told: sentence.ends, length: sentence.milliseconds)
        if sentence.isHeard { return times.words.count }
        guard let playing = sentence.playing else { return 0 }
        return times.count(by: Int(now.milliseconds(since: max(playing, lastMark ?? playing))))
    }

    /// What follows continues what was heard of something that was interrupted.
    mutating func goOn(after heard: String) { before = heard }

    mutating func clear() {
        sentences.removeAll(keepingCapacity: false)
        lastMark = nil
        before = ""
    }
}
