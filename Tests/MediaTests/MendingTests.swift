import Glibc
import Media
import Testing

/// Files that a killed process was writing.
@Suite struct MendingTests {
    /// A recording of 100 frames, `bytes` of which lie behind what its header tells of.
    private func left(_ folder: Folder, behind bytes: Int) throws -> String {
        let path = folder.path("left.wav")
        var writer = try WAVWriter(path: path, channels: 2, sampleRate: 8000)
        let samples = (0..<200).map { Int16($0) }
        try writer.append(interleaved: samples.span)
        try writer.finish()
        let file = fopen(path, "a")
        for index in 0..<bytes { fputc(Int32(index + 1), file) }
        fclose(file)
        return path
    }

    @Test func `a header that was not written any more tells what is there, without half a sample`() throws {
        let folder = try Folder()
        let path = try left(folder, behind: 4 * 10 + 3)
        let remains = try #require(try WAVWriter.mend(path))
        #expect(remains.channels == 2 && remains.sampleRate == 8000 && remains.frames == 110)
        let file = try WAVFile(reading: path)
        #expect(file.count == 110 && file.channel(0)[99] == 198)
        var info = stat()
        #expect(stat(path, &info) == 0 && info.st_size == 44 + 110 * 4)
    }

    @Test func `a file that is right stays as it is`() throws {
        let folder = try Folder()
        let path = try left(folder, behind: 0)
        let before = try WAVFile(reading: path).samples
        #expect(try WAVWriter.mend(path)?.frames == 100)
        #expect(try WAVFile(reading: path).samples == before)
    }

    @Test(arguments: ["", "RIFF", "something else that is longer than any header of a sound"])
    func `what is no recording is left alone`(text: String) throws {
        let folder = try Folder()
        let path = folder.path("other.wav")
        let file = fopen(path, "w")
        fputs(text, file)
        fclose(file)
        #expect(try WAVWriter.mend(path) == nil)
        #expect(throws: MediaError.self) { try WAVWriter.mend(folder.path("missing.wav")) }
    }
}
