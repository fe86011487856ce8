import Glibc
import JSONKit
import PluginHost
import Testing

@Suite struct BlobsFileTests {
    private func load(_ bench: PluginBench, config: JSONObject = [:]) throws {
        var config = config
        config["folder"] = .string("\(bench.folder)/blobs")
        try bench.load("blobs-file", config: .object(config))
    }

    private func put(
        _ key: String,
        _ pieces: [String],
        with bench: PluginBench,
        ends: Bool = true
    ) throws -> [Emitted] {
        let options: JSON = ["key": .string(key), "content_type": "audio/wav"]
        return try bench.run(
            "blobs-file",
            "patchbay.blobs/1",
            options: options,
            seconds: ends ? 5 : 0
        ) { stream in
            for piece in pieces {
                var piece = piece
                let pushed = piece.withUTF8 { bytes in
                    Result { () throws(PluginError) in try stream.push(bytes: UnsafeRawBufferPointer(bytes), item: 0) }
                }
                try pushed.get()
            }
            if ends { try stream.end() }
        }
    }

    private func partials(_ bench: PluginBench) -> Int {
        guard let directory = opendir("\(bench.folder)/blobs/.partial") else { return -1 }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        return count - 2
    }

    @Test func `a blob in pieces is stored under its key and acknowledged with its length and digest`() throws {
        let bench = try PluginBench()
        try load(bench)
        let emitted = try put("recordings/2026/call 1.wav", ["a", "b", "c"], with: bench)
        let answer: JSON = [
            "url": .string("file://\(bench.folder)/blobs/recordings/2026/call%201.wav"), "bytes": 3,
            "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ]
        #expect(emitted == [.json(answer, item: 0), .end])
        #expect(try Files.read("\(bench.folder)/blobs/recordings/2026/call 1.wav") == "abc")
        #expect(partials(bench) == 0)
    }

    @Test func `a key that is stored again replaces the blob, and an empty blob is one`() throws {
        let bench = try PluginBench()
        try load(bench)
        _ = try put("one", ["old"], with: bench)
        _ = try put("one", [], with: bench)
        #expect(try Files.read("\(bench.folder)/blobs/one") == "")
    }

    @Test(arguments: [
        "", "/etc/passwd", "../outside", "a/../../b", "a//b", "a/", ".partial/x", "a/.hidden", "a\\b", "a\u{0}b",
    ])
    func `a key that would leave the folder is refused`(key: String) throws {
        let bench = try PluginBench()
        try load(bench)
        let emitted = try put(key, ["x"], with: bench)
        guard case .failed(let failure)? = emitted.last else { throw Files.Unreadable(path: "no failure") }
        #expect(failure.message.hasPrefix("key: "))
        #expect(!failure.isRetryable)
    }

    @Test func `a blob that is not complete leaves nothing, nor does one that a kill left`() throws {
        let bench = try PluginBench()
        mkdir("\(bench.folder)/blobs", 0o700)
        mkdir("\(bench.folder)/blobs/.partial", 0o700)
        fclose(fopen("\(bench.folder)/blobs/.partial/left", "w"))
        try load(bench)
        #expect(partials(bench) == 0)
        _ = try put("half", ["x"], with: bench, ends: false)
        try bench.registry.unload("blobs-file", drain: .seconds(2))
        for _ in 0..<200 where partials(bench) != 0 { usleep(5000) }
        #expect(partials(bench) == 0)
        #expect(throws: Files.Unreadable.self) { try Files.read("\(bench.folder)/blobs/half") }
    }

    @Test func `a blob above the bound is refused`() throws {
        let bench = try PluginBench()
        try load(bench, config: ["most_bytes": 4])
        let emitted = try put("big", ["abc", "de"], with: bench)
        guard case .failed(let failure)? = emitted.last else { throw Files.Unreadable(path: "no failure") }
        #expect(failure.message.contains("most_bytes"))
    }

    @Test(arguments: [0, 1, 3 << 20 + 1])
    func `a blob is read as it was stored, and gone when it is removed`(count: Int) throws {
        let bench = try PluginBench()
        try load(bench)
        let desk = BlobsDesk(bench: bench, plugin: "blobs-file")
        let text = BlobsDesk.letters(count)
        _ = try desk.put("recordings/2026/a b.wav", text, piece: 1_000_000)
        #expect(try desk.get("recordings/2026/a b.wav") == text)
        #expect(try BlobsDesk.answer(desk.delete("recordings/2026/a b.wav")) == ["deleted": true])
        #expect(access("\(bench.folder)/blobs/recordings/2026/a b.wav", F_OK) != 0)
        #expect(try BlobsDesk.answer(desk.delete("recordings/2026/a b.wav")) == ["deleted": false])
        let failure = try desk.failureOfGetting("recordings/2026/a b.wav")
        #expect(failure.message.hasPrefix("there is no blob recordings/2026/a b.wav") && !failure.isRetryable)
    }

    @Test func `reading and removing do not leave the folder either`() throws {
        let bench = try PluginBench()
        try load(bench)
        let desk = BlobsDesk(bench: bench, plugin: "blobs-file")
        #expect(try BlobsDesk.failure(desk.delete("../generations")).message.hasPrefix("key: "))
        #expect(try desk.failureOfGetting("../generations").message.hasPrefix("key: "))
        symlink("/etc/passwd", "\(bench.folder)/blobs/link")
        #expect(try !desk.failureOfGetting("link").message.isEmpty)
    }
}
