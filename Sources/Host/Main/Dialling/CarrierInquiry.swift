import Core
import JSONKit
import PluginHost

/// One question to a telephony plugin that places calls. Confined to its loop; keeps itself alive until it is answered.
final class CarrierInquiry: StreamReceiver {
    static let interface = "patchbay.telephony.calls/1"
    private let loop: any EventLoop
    private var completion: ((JSON) -> Void)?
    private var stream: Stream?
    private var timer: TimerID?
    private var own: CarrierInquiry?

    /// The answer, or `{"error": {"verdict", "message"}}`, comes exactly once.
    init(loop: any EventLoop, completion: @escaping (JSON) -> Void) {
        (self.loop, self.completion) = (loop, completion)
    }

    func ask(_ question: JSON, _ instance: Instance, within limit: Duration) {
        own = self
        timer = loop.schedule(after: limit) { [weak self] in
            self?.fail("unknown", "no answer within \(limit.wholeMilliseconds) ms")
        }
        do throws(PluginError) {
            let stream = try Stream(
                instance,
                interface: Self.interface,
                options: [:],
                loop: loop,
                receiver: self
            )
            self.stream = stream
            try stream.push(json: question, item: 1)
        } catch {
            // What was not taken was not done.
            return fail("refused", "\(error)")
        }
        do throws(PluginError) { try stream?.done(item: 1) } catch {
            // The question was taken; a plugin may act on it before it knows that it is complete.
            fail("unknown", "\(error)")
        }
    }

    func received(_ frame: borrowing Frame, from stream: Stream) {
        switch frame.kind {
        case .json: if let json = try? frame.json() { finish(json) } else { fail("unknown", "the answer is no JSON") }
        case .done, .end: fail("unknown", "the plugin is done and has said nothing")
        default: break
        }
    }

    func failed(_ failure: PluginFailure, from stream: Stream) { fail("unknown", failure.description) }

    private func fail(_ verdict: String, _ message: String) {
        finish(["error": ["verdict": .string(verdict), "message": .string(message)]])
    }

    private func finish(_ answer: JSON) {
        guard let completion else { return }
        self.completion = nil
        if let timer { loop.cancel(timer) }
        stream?.close()
        stream = nil
        completion(answer)
        own = nil
    }
}
