import Calls
import Core
import JSONKit
import PluginHost
import Store

/// What calls remember of themselves, between `Calls`, which knows what it means, and `Store`, which keeps it.
enum SessionKeeping {
    /// Memory, or Redis, as the operator decided.
    static func sessions(_ configuration: Configuration, secrets: HostServices) -> any Sessions {
        guard let address = configuration.sessions.address else { return MemorySessions() }
        let name = configuration.sessions.passwordSecret
        var settings = RedisSessions.Settings(address: address, host: configuration.deliveries.host) {
            name.isEmpty ? nil : secrets.secret(name)
        }
        settings.prefix = configuration.sessions.prefix
        settings.timeToLive = configuration.sessions.timeToLive
        return RedisSessions(settings)
    }

    /// The call that a dead host leaves behind, ready to go on; nil: there is none, or no agent for it.
    static func takeOver(
        _ carrierCallID: String,
        _ sessions: any Sessions,
        _ agents: AgentDirectory
    ) async -> CallDetails? {
        guard let state = await sessions.takeOver(carrierCallID: carrierCallID) else { return nil }
        let parties = state.parties
        guard let agent = agents.find(parties["agent"]?.string ?? "") else {
            Log("calls").error(
                "a call cannot go on here: its agent is unknown; put the same agents on all hosts",
                ["call": .string(state.call.rawValue), "agent": parties["agent"] ?? .null]
            )
            return nil
        }
        let memory = CallMemory(
            id: state.call,
            lastTranscript: state.lastTranscript,
            lastIntent: state.lastIntent,
            stage: state.stage,
            context: state.context,
            parties: parties,
            epoch: state.epoch,
            formerHost: state.formerOwner
        )
        return CallDetails(
            id: state.call,
            agent: agent,
            from: parties["from"]?.string ?? "",
            to: parties["to"]?.string ?? "",
            direction: CallDetails.Direction(rawValue: parties["direction"]?.string ?? "") ?? .inbound,
            carrierCallID: carrierCallID,
            order: parties["order"].flatMap { CallOrder($0) },
            resumed: memory
        )
    }
}

extension Sessions {
    /// Keeps what a call remembers of itself; nil: the call is over.
    func remember(_ id: CallID, _ memory: CallMemory?) {
        guard let memory else { return remove(id) }
        put(
            SessionState(
                call: id,
                lastTranscript: memory.lastTranscript,
                lastIntent: memory.lastIntent,
                stage: memory.stage,
                context: memory.context,
                parties: memory.parties
            )
        )
    }
}
