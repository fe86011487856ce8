import Glibc
import Media
import Synchronization

/// What personas sound like. Texts are spoken by whoever is handed in; without somebody, by a murmur of the same length.
final class Speaker: Sendable {
    private let synthesis: (@Sendable (String) async -> [Int16]?)?
    private let spoken = Mutex<[String: [Int16]]>([:])

    init(_ synthesis: (@Sendable (String) async -> [Int16]?)?) { self.synthesis = synthesis }

    /// A text as 8 kHz audio; each one is made once.
    func say(_ text: String) async -> [Int16] {
        if let known = spoken.withLock({ $0[text] }) { return known }
        let samples = await synthesis?(text) ?? Self.murmur(text)
        spoken.withLock { $0[text] = samples }
        return samples
    }

    /// A WAV file's first channel at 8 kHz; nil if it cannot be read.
    static func file(_ path: String) -> [Int16]? {
        guard let file = try? WAVFile(reading: path) else { return nil }
        let samples = file.channel(0)
        let count = samples.count * 8000 / file.sampleRate
        return (0..<count).map { samples[$0 * file.sampleRate / 8000] }
    }

    static func tone(_ hertz: Double, milliseconds: Int) -> [Int16] {
        (0..<milliseconds * 8).map { Int16(9000 * sin(2 * .pi * hertz * Double($0) / 8000)) }
    }

    /// For each word a third of a second, most of it loud.
    private static func murmur(_ text: String) -> [Int16] {
        text.split(separator: " ").flatMap { _ in tone(180, milliseconds: 260) + [Int16](repeating: 0, count: 640) }
    }
}
