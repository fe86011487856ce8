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
    /// It waits until a replaced generation has finished the items before it.
    var isHeld = false
}
