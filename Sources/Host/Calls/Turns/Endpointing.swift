/// How long the caller's silence has to be until the turn is over. Learns the caller's pauses. A pure value.
struct Endpointing: Sendable {
    private let settings: TurnTaking
    private let completeness: Completeness
    /// Moving average of the pauses after which the caller went on, in milliseconds.
    private var pause: Double

    /// How much of the average a new pause leaves.
    static let memory = 0.9

    init(_ settings: TurnTaking, _ completeness: Completeness) {
        (self.settings, self.completeness) = (settings, completeness)
        pause = Double(settings.endpointing) / 2
    }

    /// The caller went on after so many milliseconds of silence. `wasCutOff`: the turn had been taken to be over, which is
    /// the worse for everybody, so it counts for more.
    mutating func learn(_ milliseconds: Int, wasCutOff: Bool = false) {
        let memory = wasCutOff ? 0.5 : Self.memory
        pause = pause * memory + Double(milliseconds) * (1 - memory)
    }

    /// Milliseconds, for what has been understood of the utterance so far.
    func silence(after partial: String) -> Int {
        switch completeness.judge(partial) {
        case .complete: min(settings.endpointingComplete, usual)
        case .open: usual
        case .unfinished: max(settings.endpointingUnfinished, usual)
        }
    }

    /// Twice the usual pause, within the document's bounds; without learning it is fixed.
    private var usual: Int {
        guard settings.endpointingMode == .dynamic else { return settings.endpointing }
        let bounds = settings.endpointingComplete...max(settings.endpointingUnfinished, settings.endpointing)
        return min(max(Int(pause * 2), bounds.lowerBound), bounds.upperBound)
    }
}
