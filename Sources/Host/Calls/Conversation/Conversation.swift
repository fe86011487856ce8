import JSONKit

/// What was said so far, as the caller heard it. Bounded: the model gets the last messages only, the outcome gets all up
/// to a limit.
struct Conversation {
    enum Speaker: String { case caller, agent }

    private(set) var lines: [(speaker: Speaker, text: String)] = []
    static let longest = 400
    static let promptLines = 24

    mutating func add(_ speaker: Speaker, _ text: String) {
        guard !text.isEmpty, lines.count < Self.longest else { return }
        lines.append((speaker, text))
    }

    /// What was said before, as `transcript` tells it.
    init(_ transcript: [JSON]) {
        for line in transcript {
            guard let speaker = Speaker(rawValue: line["who"]?.string ?? "") else { continue }
            add(speaker, line["text"]?.string ?? "")
        }
    }

    init() {}

    /// Takes the last line back, if it is this one.
    mutating func takeBack(_ speaker: Speaker, _ text: String) {
        if let last = lines.last, last.speaker == speaker, last.text == text { lines.removeLast() }
    }

    /// For the model: alternating messages, oldest first.
    var messages: [JSON] {
        lines.suffix(Self.promptLines).map { line in
            ["role": line.speaker == .caller ? "user" : "assistant", "content": .string(line.text)]
        }
    }

    /// The newest lines that fit into so many bytes.
    func latest(bytes: Int) -> [JSON] {
        var (left, lines) = (bytes, [JSON]())
        for line in transcript.reversed() {
            left -= (line["text"]?.string ?? "").utf8.count + 40
            guard left >= 0 else { break }
            lines.append(line)
        }
        return lines.reversed()
    }

    /// For people and the outcome.
    var transcript: [JSON] {
        lines.map { ["who": .string($0.speaker.rawValue), "text": .string($0.text)] }
    }
}
