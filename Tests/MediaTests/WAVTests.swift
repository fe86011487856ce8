import Glibc
import Media
import SoundKit
import Testing

@Suite struct WAVTests {
    @Test func `a file that is written is read back`() throws {
        let folder = try Folder()
        let samples = (0..<1000).map { Int16($0 * 31 - 15_000) }
        var writer = try WAVWriter(path: folder.path("a.wav"), channels: 2, sampleRate: 8000)
        try writer.append(interleaved: samples.span)
        try writer.append(interleaved: samples.span)
        try writer.finish()
        let file = try WAVFile(reading: folder.path("a.wav"))
        #expect(file.sampleRate == 8000)
        #expect(file.channels == 2)
        #expect(file.samples == samples + samples)
        #expect(file.channel(1).prefix(3) == [samples[1], samples[3], samples[5]])
    }

    @Test func `the header is right after every append, so a killed process leaves a playable file`() throws {
        let folder = try Folder()
        let path = folder.path("a.wav")
        var writer = try WAVWriter(path: path, channels: 1, sampleRate: 8000)
        #expect(try WAVFile(reading: path).samples == [])
        let samples: [Int16] = [1, -2, 3]
        try writer.append(interleaved: samples.span)
        #expect(try WAVFile(reading: path).samples == samples)
        #expect(try bytes(path)[4] == 36 + 6)
        #expect(try bytes(path)[40] == 6)
    }

    @Test func `a file whose header promises more than is there gives what is there`() throws {
        let folder = try Folder()
        let path = folder.path("a.wav")
        var writer = try WAVWriter(path: path, channels: 1, sampleRate: 8000)
        let samples: [Int16] = [1, 2, 3, 4]
        try writer.append(interleaved: samples.span)
        let cut = try Array(bytes(path).dropLast(3))
        #expect(try WAVFile(cut).samples == [1, 2])
    }

    @Test func `mu-law and A-law files are decoded and unknown chunks skipped`() throws {
        for (coding, law) in [(UInt8(7), G711.Law.mu), (6, .a)] {
            var file: [UInt8] = Array("RIFF".utf8) + [0, 0, 0, 0] + "WAVELIST".utf8 + [3, 0, 0, 0, 1, 2, 3, 0]
            file += "fmt ".utf8
            file += [18, 0, 0, 0, coding, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x40, 0x1F, 0, 0, 1, 0, 8, 0, 0, 0]
            file += "data".utf8 + [3, 0, 0, 0, 0x00, 0x55, 0xFF]
            #expect(try WAVFile(file).samples == [0x00, 0x55, 0xFF].map { G711.decode($0, law) })
        }
    }

    @Test func `what is no WAV file is refused with the reason`() throws {
        let folder = try Folder()
        #expect(throws: MediaError.file(path: folder.path("none"), operation: "open", code: ENOENT)) {
            try WAVFile(reading: folder.path("none"))
        }
        #expect(throws: MediaError.notWAV(path: "/dev/null", why: "it is no regular file")) {
            try WAVFile(reading: "/dev/null")
        }
        let beginnings: [String] = [
            "", "RIFF", "RIFF0000WAVE", "RIFF0000WAVEfmt ", "RIFF0000WAVEdata\u{1}\u{0}\u{0}\u{0}xx",
        ]
        for text in beginnings {
            #expect(throws: MediaError.self) { try WAVFile(Array(text.utf8)) }
        }
        #expect(throws: MediaError.file(path: "/nowhere/a.wav", operation: "create", code: ENOENT)) {
            _ = try WAVWriter(path: "/nowhere/a.wav", channels: 1, sampleRate: 8000)
        }
    }

    private func bytes(_ path: String) throws -> [UInt8] {
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 100_000)
        let count = fread(&buffer, 1, buffer.count, file)
        return Array(buffer[..<count])
    }
}
