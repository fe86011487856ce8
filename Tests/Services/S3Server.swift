import Glibc

/// An S3 server of our own that checks signatures and fails on purpose (`Tests/Programs/s3-server.py`), on an ephemeral
/// port and a temporary folder, which outlives a kill.
///
/// Unchecked: used by one test at a time.
public final class S3Server: @unchecked Sendable {
    public let port: UInt16
    private let folder: String
    private var process: ServerProcess?

    public static let accessKey = "AKIDEXAMPLE"
    /// Has characters that must not be taken apart.
    public static let secretKey = "s3cr3t/key+"

    /// What `endpoint` is set to.
    public var url: String { "http://127.0.0.1:\(port)" }

    public init() throws {
        folder = try ServerProcess.makeFolder()
        port = try ServerProcess.freePort()
        try start()
    }

    deinit {
        stop()
        Shell.run("rm -rf '\(folder)'")
    }

    private static let program = {
        let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        return "/\(folder)/Programs/s3-server.py"
    }()

    /// Starts it, on what it has stored.
    public func start() throws {
        process = try ServerProcess(["/usr/bin/python3", Self.program, "\(port)", folder], folder: folder)
        try ServerProcess.wait(seconds: 10, for: "s3-server.py (is python3 installed?)") {
            PlainRequest.send("GET", "/-/log", port: port, seconds: 1)?.status == 200
        }
    }

    public func stop() {
        process?.stop()
        process = nil
    }

    public func kill() {
        process?.kill()
        process = nil
    }

    public func pause() { process?.pause() }

    public func resume() { process?.resume() }

    // MARK: What tests tell it

    /// A bucket is there, empty, or is not there any more.
    public func bucket(_ name: String, exists: Bool = true) {
        tell("bucket", "{\"name\": \"\(name)\", \"exists\": \(exists)}")
    }

    /// Stores an object past all checks.
    public func put(_ bucket: String, _ key: String, _ text: String) {
        tell("object", "{\"bucket\": \"\(bucket)\", \"key\": \"\(key)\", \"text\": \"\(text)\"}")
    }

    /// What is in a bucket.
    public func keys(_ bucket: String) -> [String] {
        let body = PlainRequest.send("POST", "/-/keys", port: port, body: "{\"bucket\": \"\(bucket)\"}")?.body ?? ""
        return body.split(separator: "\n").map(String.init)
    }

    /// Changes keys, region or clock: `{"clock": 600}`.
    public func set(_ json: String) { tell("set", json) }

    /// The next requests that have all words of `match` in them fail: with a code of S3's, by a "cut" line, an "answer-cut"
    /// after the work was done, an "error-in-200", "damage" of what is stored, or a "stall".
    public func fail(_ match: String, _ how: String, times: Int = 1, after: Int = 0) {
        tell("fail", "{\"match\": \"\(match)\", \"how\": \"\(how)\", \"times\": \(times), \"after\": \(after)}")
    }

    /// What it was asked, one JSON a line.
    public func log() -> [String] {
        let body = PlainRequest.send("GET", "/-/log", port: port)?.body ?? ""
        return body.split(separator: "\n").map(String.init)
    }

    public func forgetLog() { _ = PlainRequest.send("DELETE", "/-/log", port: port) }

    private func tell(_ what: String, _ json: String) {
        _ = PlainRequest.send("POST", "/-/\(what)", port: port, body: json)
    }
}
