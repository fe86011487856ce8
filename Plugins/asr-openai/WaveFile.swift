/// 16-bit mono PCM with the header that makes it a file.
enum WaveFile {
    static func bytes(of pcm: [UInt8], sampleRate: Int) -> [UInt8] {
        func four(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        var file = Array("RIFF".utf8) + four(36 + pcm.count) + Array("WAVEfmt ".utf8) + four(16)
        // PCM, one channel.
        file += [1, 0, 1, 0] + four(sampleRate) + four(sampleRate * 2) + [2, 0, 16, 0]
        return file + Array("data".utf8) + four(pcm.count) + pcm
    }
}
