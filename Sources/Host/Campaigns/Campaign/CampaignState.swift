/// Where a campaign is in its life: draft -> scheduled -> running <-> paused -> completed.
public enum CampaignState: String, Sendable, CaseIterable {
    case draft
    /// It starts by itself at its time.
    case scheduled
    case running
    /// Nobody new is called; live calls finish.
    case paused
    case completed
}
