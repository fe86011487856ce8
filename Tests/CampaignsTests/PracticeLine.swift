import Campaigns
import Carrier
import Core
import JSONKit
import Store
import Synchronization

/// The carrier to practise on, in virtual time, as a dialler's line: what it tells goes to the log, as from the gateway.
final class PracticeLine: Sendable {
    /// Where a host dies that has decided to call.
    enum Death { case beforeTheCarrierHears, beforeTheAnswer }

    private struct State: ~Copyable {
        var carrier: CarrierMachine
        var attempts: [Int: String] = [:]
        var death: Death?
        var isAway = false
        var barred: Set<String> = []
        var asked = 0
    }

    private let state: Mutex<State>
    private let log: EventLog
    private let now: @Sendable () -> Timestamp

    init(_ practice: Practice, _ log: EventLog, now: @escaping @Sendable () -> Timestamp) {
        state = Mutex(State(carrier: CarrierMachine(practice, seed: 7, keepsCalls: true)))
        (self.log, self.now) = (log, now)
    }

    /// The next host that places a call dies then: it never hears anything again.
    func die(_ death: Death?) { state.withLock { $0.death = death } }
    /// Numbers that are not called for us.
    func bar(_ numbers: Set<String>) { state.withLock { $0.barred = numbers } }
    /// Nobody can ask what calls there are.
    func goAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }
    var asked: Int { state.withLock { $0.asked } }
    var figures: CarrierFigures { state.withLock { $0.carrier.figures } }
    var calls: [PracticeCall] {
        state.withLock { $0.carrier.calls.values.sorted { $0.number < $1.number } }
    }
    func change(_ body: (inout Practice) -> Void) { state.withLock { body(&$0.carrier.practice) } }

    var line: CarrierLine {
        CarrierLine(
            place: { await self.place($0) },
            end: { id in
                let news = self.state.withLock { $0.carrier.handle(.end(Int(id.dropFirst(2)) ?? 0), at: self.now()) }
                await self.tell(news)
            },
            find: { to, from, _ in
                self.state.withLock { state in
                    state.asked += 1
                    guard !state.isAway else { return nil }
                    return state.carrier.calls.values.filter { $0.request.to == to && $0.request.from == from }
                        .sorted { $0.number > $1.number }
                        .map { CarrierLine.Known(carrierCallID: "CA\($0.number)", status: $0.status.rawValue) }
                }
            }
        )
    }

    private func place(_ order: CarrierLine.Order) async -> CarrierLine.Answer {
        guard !state.withLock({ $0.barred.contains(order.to) }) else { return .barred(reason: "its country is barred") }
        var request = CallRequest(to: order.to, from: order.from)
        (request.timeout, request.events) = (Int(order.rings), .all)
        let (death, actions) = state.withLock { state -> (Death?, [CarrierAction]) in
            let death = state.death
            state.death = nil
            guard death != .beforeTheCarrierHears else { return (death, []) }
            let actions = state.carrier.handle(.place(request), at: now())
            for case .accepted(let number, _) in actions { state.attempts[number] = order.attempt }
            return (death, actions)
        }
        await tell(actions)
        // A dead host waits for ever.
        if death != nil { await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in } }
        for action in actions {
            switch action {
            case .accepted(let number, .prompt): return .placed(carrierCallID: "CA\(number)", status: "queued")
            case .accepted: return .not(.unknown(reason: "the connection broke"))
            case .refused(let refusal) where refusal.status == 429: return .not(.congested(retryAfter: .seconds(2)))
            case .refused(let refusal) where refusal.status == 400: return .invalid(reason: refusal.message)
            case .refused(let refusal): return .not(.unknown(reason: refusal.message))
            default: continue
            }
        }
        return .not(.unknown(reason: "no answer"))
    }

    /// Time has passed.
    func step() async { await tell(state.withLock { $0.carrier.handle(.time, at: now()) }) }

    private func tell(_ actions: [CarrierAction]) async {
        for case .tell(let number, let news) in actions {
            guard let attempt = state.withLock({ $0.attempts[number] }) else { continue }
            var data: JSONObject = [
                "carrier_call_id": .string("CA\(number)"), "status": .string(news.status.rawValue), "of": "call",
                "sequence": .int(Int64(news.sequence)), "attempt_id": .string(attempt),
            ]
            if let code = news.sipCode { data["sip_code"] = .int(Int64(code)) }
            let event = Event(
                .callStatus,
                key: "CA\(number)",
                data: .object(data),
                id: EventID("evt_CA\(number)_\(news.sequence)"),
                at: now()
            )
            _ = try? await log.append(known: [event])
        }
    }
}
