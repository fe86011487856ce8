import JSONKit

/// The requests of one array, served in their order; the answers leave together. Confined to the control loop.
final class Batch {
    static let bound = 1000
    /// The answers of one batch may take so many bytes; requests after that are refused.
    private static let bytesBound = 1 << 22
    private let elements: [JSON]
    private let client: Client
    private let dispatcher: Dispatcher
    private var index = 0
    private var bytes: [UInt8] = []

    init(_ elements: [JSON], client: Client, dispatcher: Dispatcher) {
        (self.elements, self.client, self.dispatcher) = (elements, client, dispatcher)
        client.beganBatch()
    }

    /// Serves requests until one has to be waited for, or all are served.
    func proceed() {
        while index < elements.count {
            let element = elements[index]
            index += 1
            if bytes.count > Self.bytesBound {
                refuse(element)
                continue
            }
            switch dispatcher.begin(element, client) {
            case .nothing: break
            case .answer(let id, let outcome): append(id, outcome)
            case .pending(let id, let method, let parameters):
                return dispatcher.run(method, parameters) { outcome in
                    if let id { self.append(id, outcome) }
                    self.proceed()
                }
            }
        }
        finish()
    }

    private func refuse(_ element: JSON) {
        guard let id = element["id"] else { return }
        append(id, .failure(Failure(.limitExceeded, "the answers of this batch are too long; send it in parts")))
    }

    private func append(_ id: JSON, _ outcome: Result<JSON, Failure>) {
        bytes.append(bytes.isEmpty ? UInt8(ascii: "[") : UInt8(ascii: ","))
        dispatcher.printer.write(outcome, id: id, into: &bytes)
    }

    private func finish() {
        if !bytes.isEmpty {
            bytes.append(contentsOf: "]\n".utf8)
            client.send { $0.append(contentsOf: self.bytes) }
        }
        client.answeredBatch()
        client.settle()
    }
}
