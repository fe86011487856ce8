/// What the caller says in one go: mostly one stretch, more if it is long, and what has been understood of them.
struct Utterance {
    /// What is to be done next.
    enum Step {
        case ask([UInt8])
        case finish(String)
    }

    /// That is being heard.
    var stretch: Stretch
    /// The caller has stopped speaking.
    private var isOver = false
    private var texts: [String] = []
    /// Requests of stretches that are complete.
    private var waiting: [[UInt8]] = []
    private var isAsking = false

    /// Stretches that may wait for the answer to the one before.
    private static let mostWaiting = 4

    init(_ stretch: Stretch) { self.stretch = stretch }

    /// Goes on with another stretch; false if recognition is minutes behind.
    mutating func next(_ another: Stretch) -> Bool {
        waiting.append(stretch.takeRequest())
        stretch = another
        return waiting.count <= Self.mostWaiting
    }

    /// The caller has stopped.
    mutating func close() {
        isOver = true
        if stretch.samples > 0 { waiting.append(stretch.takeRequest()) }
    }

    /// A stretch has been understood.
    mutating func understood(_ text: String) {
        texts.append(text)
        isAsking = false
    }

    /// One request at a time, in order; then the whole text.
    mutating func step() -> Step? {
        guard !isAsking else { return nil }
        if !waiting.isEmpty {
            isAsking = true
            return .ask(waiting.removeFirst())
        }
        return isOver ? .finish(Transcript.joined(texts)) : nil
    }

    /// All that is known of the text, with what is being heard understood so.
    func text(with last: String) -> String { Transcript.joined(texts + [last]) }
}
