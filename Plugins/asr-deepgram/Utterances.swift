import JSONKit

/// Which words belong to which utterance. A pure value.
///
/// The far side knows one endless stream of audio. A flush (`Finalize`) marks the end of an utterance in it: what comes up to
/// its answer belongs to the utterance that asked first.
struct Utterances {
    /// What is to be told of an item.
    enum Word: Equatable {
        case soFar(UInt64, String)
        case final(UInt64, String)
    }

    /// In the order in which they were spoken; an item that nobody wants any more is nil.
    private var items: [UInt64?] = []
    /// How many of them, from the first, are complete and wait for their flush.
    private var flushes = 0
    private var finals: [String] = []

    /// Whether audio of this item begins.
    mutating func begin(_ item: UInt64) { if !items.contains(item) { items.append(item) } }

    /// The item's audio is complete. False if there was none of it.
    mutating func complete(_ item: UInt64) -> Bool {
        guard items.contains(item) else { return false }
        flushes += 1
        return true
    }

    /// Nobody wants it any more. True if a flush has to end it.
    mutating func drop(_ item: UInt64) -> Bool {
        guard let index = items.firstIndex(of: item) else { return false }
        items[index] = nil
        guard index >= flushes else { return false }
        flushes += 1
        return true
    }

    var open: [UInt64] { items.compactMap(\.self) }
    /// How many flushes are not answered yet.
    var awaited: Int { flushes }

    /// Takes one `Results` message.
    mutating func results(_ json: JSON) -> Word? {
        let text = json["channel"]?["alternatives"]?[0]?["transcript"]?.string ?? ""
        let isFinal = json["is_final"]?.bool ?? false
        if isFinal, !text.isEmpty { finals.append(text) }
        if json["from_finalize"]?.bool == true, flushes > 0 { return flushed() }
        guard let first = items.first, let item = first else { return nil }
        let words = (isFinal || text.isEmpty ? finals : finals + [text]).joined(separator: " ")
        return words.isEmpty ? nil : .soFar(item, words)
    }

    private mutating func flushed() -> Word? {
        let words = finals.joined(separator: " ")
        finals = []
        flushes -= 1
        guard let item = items.removeFirst() else { return nil }
        return .final(item, words)
    }
}
