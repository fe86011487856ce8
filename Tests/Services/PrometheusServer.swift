import Glibc

/// Prometheus in a temporary folder, on a port of its own; it looks every half second.
public final class PrometheusServer {
    public let port: UInt16
    private let folder: String
    private let process: ServerProcess

    /// - Parameters:
    ///   - targets: what is scraped, as `127.0.0.1:8080`, by the name of its job.
    ///   - rules: a file of rules.
    /// - Throws: where it does not start within ten seconds.
    public init(targets: [String: String], rules: String) throws {
        folder = try ServerProcess.makeFolder()
        port = try ServerProcess.freePort()
        var text = "global: {scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms}\n"
        text += "rule_files: ['\(rules)']\nscrape_configs:\n"
        for (job, target) in targets { text += "- {job_name: \(job), static_configs: [{targets: ['\(target)']}]}\n" }
        guard let file = fopen("\(folder)/prometheus.yml", "w") else { throw ServiceFailure("no prometheus.yml") }
        fputs(text, file)
        fclose(file)
        process = try ServerProcess(
            [
                "/usr/bin/prometheus", "--config.file=\(folder)/prometheus.yml", "--storage.tsdb.path=\(folder)/data",
                "--web.listen-address=127.0.0.1:\(port)",
            ],
            folder: folder
        )
        try ServerProcess.wait(seconds: 20, for: "prometheus (is the Debian package installed?)") {
            PlainRequest.send("GET", "/-/ready", port: port, seconds: 1)?.status == 200
        }
    }

    deinit {
        process.kill()
        _ = system("rm -rf '\(folder)'")
    }

    /// What its interface answers, as JSON: `query?query=up`, `rules`.
    public func ask(_ path: String) -> String {
        PlainRequest.send("GET", "/api/v1/\(path)", port: port)?.body ?? ""
    }
}
