/// Who has a campaign changed.
public enum CampaignActor: String, Sendable, CaseIterable {
    case `operator`
    case schedule
    case crm
    case dialler
    case host
}
