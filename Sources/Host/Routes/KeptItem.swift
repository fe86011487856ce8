import JSONKit

/// The input of an item until its answer is complete: another provider may need it. Audio is not kept.
struct KeptItem {
    enum Piece {
        case text(String)
        case json(JSON)
        case bytes([UInt8])
    }

    let item: UInt64
    var pieces: [Piece] = []
    var isAudio = false
    var isComplete = false
    /// An answer without a piece is one: there may be nothing left to say.
    var mayBeEmpty = false
    /// Whether whoever was asked last has given a piece of the answer; for recognition, the final one.
    var isAnswered = false
    /// It waits until a replaced generation has finished the items before it.
    var isHeld = false
}
