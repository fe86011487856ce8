public import JSONKit

/// All that is to be said about a campaign's document: what refuses it, and what is probably not meant.
public enum CampaignReview {
    /// Errors first, then by where they are in the document.
    public static func findings(on document: JSON, _ surroundings: CampaignSurroundings) -> [CampaignFinding] {
        var reading = CampaignReading(document)
        reading.checkReferences(surroundings)
        return reading.findings.filter { $0.severity == .error } + reading.findings.filter { $0.severity == .warning }
    }
}

extension CampaignReading {
    fileprivate mutating func checkReferences(_ surroundings: CampaignSurroundings) {
        if let agent = surroundings.agents.first(where: { $0.name == campaign.agent }) {
            if campaign.machines == .leaveMessage, !agent.hasMessage {
                warn("machines", "the agent \(agent.name) has no voicemail.message to leave; it will hang up")
            }
        } else if !campaign.agent.isEmpty {
            error("agent", campaign.agent.unknown("agent", among: surroundings.agents.map(\.name)))
        }
        for (index, list) in campaign.lists.enumerated() {
            guard let other = surroundings.takenLists[list] else { continue }
            error(
                "lists[\(index)]",
                "\(list) belongs to the campaign \(other), which is not completed; complete it, or use another list"
            )
        }
        for (index, list) in campaign.lists.enumerated() where !surroundings.filledLists.isEmpty {
            guard !surroundings.filledLists.contains(list) else { continue }
            warn("lists[\(index)]", "has no leads yet: \(list.unknown("list", among: Array(surroundings.filledLists)))")
        }
        if let end = campaign.endsAt, end <= surroundings.now {
            error("ends_at", "is over: \(end); give a later time, or leave it out")
        }
        // An agent may set dispositions of its own, so an unknown one is no error.
        for name in campaign.retries.keys.sorted() where !surroundings.dispositions.isEmpty {
            guard !surroundings.dispositions.contains(name) else { continue }
            let near = surroundings.dispositions.min { $0.editDistance(to: name) < $1.editDistance(to: name) }
            guard let near, near.editDistance(to: name) <= max(2, name.count / 3) else { continue }
            warn("retries.\(name)", "no disposition is called so unless an agent sets it; did you mean \(near)?")
        }
    }
}

extension String {
    /// Says that nothing is called so, and what is nearest to it, or what there is.
    func unknown(_ sort: String, among known: [String]) -> String {
        let nearest = known.min { $0.editDistance(to: self) < $1.editDistance(to: self) }
        if let nearest, nearest.editDistance(to: self) <= max(2, count / 3) {
            return "no \(sort) is called \(self); did you mean \(nearest)?"
        }
        let list = known.isEmpty ? "there are none" : "there are \(known.sorted().joined(separator: ", "))"
        return "no \(sort) is called \(self); \(list)"
    }
}
