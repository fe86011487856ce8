import JSONKit

/// One exchange in progress: what the caller said, what was made of it, and the reply as far as it has come.
struct Turn {
    let number: Int
    /// Final transcripts; two utterances in quick succession are one turn.
    var texts: [String] = []
    /// Utterances whose final transcript is awaited.
    var pending: Set<UInt64> = []
    /// The utterance whose final transcript came before its end.
    var early: UInt64?
    /// Under this number intent and retrieval are asked; nil: nobody is asked.
    var question: UInt64?
    var awaitsLabels = false
    var awaitsPassages = false
    var labels: [CallInput.Label] = []
    var passages: [Passage] = []
    /// The reply that is being made; nil: none was asked for yet, or it is complete.
    var reply: UInt64?
    var isReplied = false
    var sentences = Sentences()
    /// What was handed to synthesis, and the first sentence's item.
    var said: [String] = []
    var firstSentence: UInt64?
    /// The reply began again at another provider after some of it had been said.
    var isContinued = false
    var endsCall = false
    /// Tools at work, and what they and the model said to each other so far in this turn.
    var round: ToolRound?
    var rounds = 0
    var toolMessages: [JSON] = []
    /// How much of `said` came before the model's present answer.
    var saidBefore = 0
    /// The document's words, which wait for its tools.
    var words: String?
    /// The stage still wants to know something, and asks for it after the reply.
    var asksAfter = false
    /// The words have given a slot its value.
    var isTaken = false
    /// What is prepared while the caller may still go on.
    var draft: Draft?
    /// How long before the final transcript the reply was begun, in milliseconds; nil: it was not.
    var preparedFor: Double?
    var ledger = Ledger()

    init(number: Int) { self.number = number }

    var text: String { texts.joined(separator: " ") }

    /// Forgets everything that was made of the words: more words came.
    mutating func startOver() {
        let (texts, pending) = (texts, pending)
        self = Turn(number: number)
        (self.texts, self.pending) = (texts, pending)
    }
}
