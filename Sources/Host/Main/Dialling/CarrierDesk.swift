import Core
import JSONKit
import PluginHost

/// Where calls are placed, ended and looked for: the telephony plugin that can, asked with deadlines. Any thread.
///
/// A call is placed once: whatever the carrier answers, or does not, nothing here asks it again. Ending and finding change
/// nothing when they are repeated, and are.
final class CarrierDesk: Sendable {
    private let registry: Registry
    private let loop: any EventLoop
    private let publicURL: String
    /// Longer than plugins wait for their carriers, so that what they find out is heard.
    private static let placingLimit = Duration.seconds(75)
    private static let askingLimit = Duration.seconds(40)
    private static let tries = 3
    /// A carrier's clock is not ours.
    private static let skew: Int64 = 300_000

    /// `loop` carries the plugins' streams. `publicURL`: how the carrier reaches this host.
    init(registry: Registry, loop: any EventLoop, publicURL: String) {
        (self.registry, self.loop, self.publicURL) = (registry, loop, publicURL)
    }

    /// Places a call. Its intent must be durable before: a host that dies in here does not know what it has done.
    func place(_ call: CallPlacement) async -> Placing {
        guard let instance else { return .refused(reason: Self.nobody) }
        let base = "\(publicURL)/telephony/\(instance.name)"
        var question: JSONObject = [
            "op": "place", "attempt": .string(call.attempt), "to": .string(call.to), "from": .string(call.from),
            "voice_url": .string("\(base)/voice/\(call.attempt)"),
            "status_url": .string("\(base)/status/\(call.attempt)"),
        ]
        if let rings = call.rings { question["rings_s"] = .int(rings) }
        if let longest = call.longest { question["longest_s"] = .int(longest) }
        if call.detection != .off {
            question["detects"] = .string(call.detection.rawValue)
            question["detected_url"] = .string("\(base)/detected/\(call.attempt)")
        }
        return Self.placing(await ask(.object(question), instance, within: Self.placingLimit))
    }

    /// Hangs up, or calls off what nobody has answered; `.placed` with the status in which it is then. `over`: there was
    /// nothing to end.
    func end(_ carrierCallID: String) async -> Placing {
        await repeating { (instance: Instance) async -> Placing in
            let question: JSON = ["op": "end", "carrier_call_id": .string(carrierCallID)]
            return Self.placing(await self.ask(question, instance, within: Self.askingLimit))
        } isLasting: {
            switch $0 {
            case .unknown, .congested: false
            case .placed, .refused, .invalid, .barred: true
            }
        } ?? .refused(reason: Self.nobody)
    }

    /// What the carrier knows of calls to a number since about then: half a minute earlier, because of the clocks. A call of
    /// another attempt may be among them, one that was placed within the last seconds may not.
    func find(to: String, from: String, since: Timestamp) async -> CarrierFinding {
        let since = Timestamp(unixMilliseconds: since.unixMilliseconds - Self.skew)
        return await repeating { (instance: Instance) async -> CarrierFinding in
            let question: JSON = [
                "op": "find", "to": .string(to), "from": .string(from), "since": .string(since.description),
            ]
            return Self.finding(await self.ask(question, instance, within: Self.askingLimit))
        } isLasting: {
            if case .found = $0 { true } else { false }
        } ?? .unknown(reason: Self.nobody)
    }

    // MARK: Asking

    private static let nobody =
        "no telephony plugin places calls; load one that offers \(CarrierInquiry.interface), such as telephony-twilio"

    /// The first plugin by name that places calls.
    private var instance: Instance? {
        for plugin in registry.list().filter({ $0.kind == .telephony }).sorted(by: { $0.name < $1.name }) {
            if let instance = try? registry.lease(plugin.name), instance.offers(CarrierInquiry.interface) {
                return instance
            }
        }
        return nil
    }

    private func ask(_ question: JSON, _ instance: Instance, within limit: Duration) async -> JSON {
        await withCheckedContinuation { continuation in
            loop.perform { [loop] in
                CarrierInquiry(loop: loop) { continuation.resume(returning: $0) }
                    .ask(question, instance, within: limit)
            }
        }
    }

    /// Asks until the answer lasts, a few times; nil: there is nobody to ask.
    private func repeating<Answer: Sendable>(
        _ body: (Instance) async -> Answer,
        isLasting: (Answer) -> Bool
    ) async -> Answer? {
        for number in 1... {
            guard let instance else { return nil }
            let answer = await body(instance)
            if isLasting(answer) || number == Self.tries || Task.isCancelled { return answer }
            try? await Task.sleep(for: .seconds(number))
        }
        return nil
    }

    // MARK: Understanding

    private static func placing(_ answer: JSON) -> Placing {
        if let error = answer["error"] {
            let reason = error["message"]?.string ?? ""
            switch error["verdict"]?.string {
            case "refused": return .refused(reason: reason)
            case "invalid": return .invalid(reason: reason)
            case "barred": return .barred(reason: reason)
            case "congested":
                return .congested(after: .milliseconds(error["retry_after_ms"]?.int ?? 1000), reason: reason)
            default: return .unknown(reason: reason)
            }
        }
        guard let id = answer["carrier_call_id"]?.string, !id.isEmpty else {
            return .unknown(reason: "the plugin's answer names no call")
        }
        return .placed(carrierCallID: id, status: answer["status"]?.string ?? "")
    }

    private static func finding(_ answer: JSON) -> CarrierFinding {
        if let error = answer["error"] { return .unknown(reason: error["message"]?.string ?? "") }
        guard let listed = answer["calls"]?.array else { return .unknown(reason: "the plugin's answer is no list") }
        guard answer["complete"]?.bool == true else { return .unknown(reason: "there are more calls than are read") }
        let calls = listed.compactMap { CarrierCall($0) }
        guard calls.count == listed.count else { return .unknown(reason: "the plugin lists what is no call") }
        return .found(calls)
    }
}
