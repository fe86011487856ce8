import SoundKit

/// Turns the bytes of a synthesis answer into samples, however they are cut: raw PCM or G.711, and a WAV file where a server
/// sends one against its word, whose header would be heard as noise.
public struct SpeechDecoder: Sendable {
    /// What was asked for.
    public enum Coding: Sendable { case pcm16, muLaw, aLaw }

    private enum State { case undecided([UInt8]), raw, wave(WAVStream) }

    private let coding: Coding
    private let sampleRate: Int
    private var state = State.undecided([])
    /// The first half of a sample that was cut in two.
    private var half: UInt8?
    /// Samples given so far.
    public private(set) var count = 0

    public init(_ coding: Coding, sampleRate: Int) { (self.coding, self.sampleRate) = (coding, sampleRate) }

    /// The samples that are complete now.
    /// - Throws: a text for people where a file is not what was asked for.
    public mutating func feed(_ bytes: UnsafeRawBufferPointer) throws(SpeechProblem) -> [Int16] {
        switch state {
        case .raw: return raw(bytes[...])
        case .wave(var wave):
            let samples = try read(&wave, bytes)
            state = .wave(wave)
            return samples
        case .undecided(let held):
            let beginning = held + bytes
            guard beginning.count >= 4 else {
                state = .undecided(beginning)
                return []
            }
            state = beginning.starts(with: "RIFF".utf8) ? .wave(WAVStream()) : .raw
            let result = beginning.withUnsafeBytes { bytes in
                Result { () throws(SpeechProblem) in try feed(bytes) }
            }
            return try result.get()
        }
    }

    private mutating func read(_ wave: inout WAVStream, _ bytes: UnsafeRawBufferPointer) throws(SpeechProblem)
        -> [Int16]
    {
        let samples: [Int16]
        do throws(WAVProblem) { samples = try wave.feed(bytes) } catch { throw SpeechProblem("no WAV file: \(error)") }
        if let format = wave.format, format.channels != 1 || format.sampleRate != sampleRate {
            throw SpeechProblem(
                "\(format.channels) channels at \(format.sampleRate) Hz, 1 at \(sampleRate) Hz was asked for"
            )
        }
        count += samples.count
        return samples
    }

    private mutating func raw(_ bytes: Slice<UnsafeRawBufferPointer>) -> [Int16] {
        var samples: [Int16] = []
        switch coding {
        case .muLaw: samples = bytes.map { G711.decode($0) }
        case .aLaw: samples = bytes.map { G711.decode($0, .a) }
        case .pcm16:
            samples.reserveCapacity(bytes.count / 2 + 1)
            for byte in bytes {
                if let low = half {
                    samples.append(Int16(bitPattern: UInt16(byte) << 8 | UInt16(low)))
                    half = nil
                } else {
                    half = byte
                }
            }
        }
        count += samples.count
        return samples
    }
}

/// Why audio makes no sense; for people.
public struct SpeechProblem: Error, Sendable {
    public let text: String

    init(_ text: String) { self.text = text }
}
