/// How fast each voice speaks, learned from the sentences it finished: for those it does not finish. Confined to a loop.
final class VoicePaces {
    /// Milliseconds a letter, by plugin.
    private var paces: [String: Double] = [:]

    /// A voice that never finished a sentence may be a slow one: then less of what it gave counts as said.
    func pace(of plugin: String) -> Double { paces[plugin] ?? WordTimes.letter * 1.4 }

    /// A voice has said a whole text in so many milliseconds. Short ones tell little.
    func learn(_ plugin: String, _ text: String, milliseconds: Int) {
        let letters = WordTimes.letters(in: text)
        guard letters >= 12, milliseconds > 0 else { return }
        let measured = Double(milliseconds) / letters
        paces[plugin] = paces[plugin].map { $0 + (measured - $0) / 4 } ?? measured
    }
}
