import JSONKit
import PluginKit

/// Answers each request as it comes, word by word.
final class TemplateStream: PluginStream {
    private let writer: ReplyWriter
    private let sink: Sink

    init(_ writer: ReplyWriter, _ sink: Sink) { (self.writer, self.sink) = (writer, sink) }

    func push(_ frame: borrowing Frame) throws(PluginProblem) {
        switch frame.kind {
        case .json:
            let request = try frame.json()
            guard request["messages"]?.array != nil else {
                throw PluginProblem(.invalid, "messages: is required (an array)")
            }
            for piece in Self.pieces(writer.reply(to: request)) { sink.emit(text: piece, item: frame.item) }
            sink.done(item: frame.item)
        case .end: sink.end()
        default: break
        }
    }

    /// Words with the space after them, as a model's tokens come; joined they are the text.
    private static func pieces(_ text: String) -> [String] {
        var pieces: [String] = []
        var piece = ""
        for character in text {
            piece.append(character)
            if character == " " {
                pieces.append(piece)
                piece = ""
            }
        }
        return piece.isEmpty ? pieces : pieces + [piece]
    }

    /// Every request is answered before `push` returns: there is nothing to drop.
    func cancel(item: UInt64) {}

    func close() {}
}
