import Carrier
import Core
import Glibc
import JSONKit
import Services
import Testing

/// The alerts and the dashboard in `packaging/`, against what hosts and loaders really tell.
@Suite(.serialized) struct WatchingTests {
    private static let folder = "\(TestHost.repository)/packaging"
    private static var alerts: String { text("\(folder)/prometheus/alerts.yml") }

    private static func text(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        return String(decoding: bytes[0..<fread(&bytes, 1, bytes.count, file)], as: UTF8.self)
    }

    /// Everything in a text that is written as our metrics are.
    private static func metrics(in text: String) -> Set<String> {
        let words = text.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")) }
        return Set(words.map(String.init).filter { $0.hasPrefix("patchbay_") || $0.hasPrefix("process_") })
    }

    /// The expressions of a dashboard, wherever they stand.
    private static func expressions(in json: JSON) -> [String] {
        switch json {
        case .object(let members):
            members.flatMap { name, value in
                name == "expr" || name == "query" ? [value.string].compactMap { $0 } : expressions(in: value)
            }
        case .array(let items): items.flatMap { expressions(in: $0) }
        default: []
        }
    }

    private func dashboard() throws -> [String] {
        let json = try JSON(parsing: Self.text("\(Self.folder)/grafana/patchbay.json"))
        return Self.expressions(in: json).filter { $0.contains("_") }
    }

    @Test func `every metric of the alerts and of the dashboard stands on the page of a host or of a loader`()
        async throws
    {
        let redis = try RedisServer()
        let host = try TestHost {
            $0["sessions"] = ["engine": "redis", "url": .string(redis.url)]
            let second: JSON = ["path": .string("\(TestHost.binaries)/libllm-templates.so"), "name": "llm-second"]
            $0["plugins"] = .array(($0["plugins"]?.array ?? []) + [second])
            var routes = $0["routes"]?.object ?? [:]
            routes["llm"] = [["plugin": "llm-templates"], ["plugin": "llm-second"]]
            $0["routes"] = .object(routes)
        }
        try host.start()
        let port = try ServerProcess.freePort()
        let loader = try LoaderBench { $0["loader"] = ["port": .int(Int64(port))] }
        try loader.start()
        let carrier = try TestCarrier()
        // What has no figures until it happens: a call with an answer, and a forged webhook.
        let call = try await carrier.call(host)
        try await call.waitForAgent(after: 0, seconds: 20)
        await call.hangUp()
        try await Patience.wait(for: "the outcome") { try host.topics().contains("call.ended") }
        _ = try? await carrier.call(host, token: "somebody else's")
        var page = try await carrier.get("\(host.address)/metrics").body
        try await Patience.wait(for: "the loader's page") {
            guard let answer = PlainRequest.send("GET", "/metrics", port: port, seconds: 2) else { return false }
            page += answer.body
            return answer.status == 200
        }
        let known = Self.metrics(in: page)
        for (file, text) in [("alerts", Self.alerts), ("dashboard", try dashboard().joined(separator: "\n"))] {
            let used = Self.metrics(in: text)
            #expect(used.count > 15, "\(file)")
            #expect(used.subtracting(known).sorted() == [], "\(file) asks for what nobody tells")
        }
        // Absent series alarm nobody: these are there before anything happens.
        for line in [
            #"patchbay_breaker_open{provider="tts-flite"} 0"#, #"patchbay_calls_rejected_total{reason="no_agent"} 0"#,
            #"patchbay_jobs{state="failed"} 0"#, #"patchbay_outbox_parked{consumer="crm"} 0"#,
            #"patchbay_fallbacks_total{kind="llm",from="llm-templates",to="llm-second"} 0"#,
            "patchbay_sessions_redis_up 1", "patchbay_log_healthy 1",
        ] { #expect(page.contains(line)) }
    }

    @Test func `a real Prometheus scrapes a host and evaluates all rules, and an alert follows what happens`()
        async throws
    {
        let host = try TestHost()
        try host.start()
        let server = try PrometheusServer(
            targets: ["patchbay": "127.0.0.1:\(host.port)"],
            rules: "\(Self.folder)/prometheus/alerts.yml"
        )
        try await Patience.wait(for: "the first look") {
            let answer = try? JSON(parsing: server.ask("query?query=patchbay_log_healthy"))
            return answer?["data"]?["result"]?[0]?["value"]?[1] == "1"
        }
        func rules() -> [JSON] {
            let groups = (try? JSON(parsing: server.ask("rules")))?["data"]?["groups"]?.array ?? []
            return groups.flatMap { $0["rules"]?.array ?? [] }
        }
        try await Patience.wait(for: "all rules") { rules().count > 20 && rules().allSatisfy { $0["health"] == "ok" } }
        #expect(rules().allSatisfy { $0["state"] == "inactive" })
        host.kill()
        // Its minute is for alerts_test.yml.
        try await Patience.wait(for: "the alert") {
            rules().contains { $0["name"] == "PatchbayDown" && $0["state"] == "pending" }
        }
    }

    @Test func `promtool takes the alerts, and the dashboard's expressions`() throws {
        #expect(system("promtool check rules '\(Self.folder)/prometheus/alerts.yml' > /dev/null") == 0)
        var rules = "groups:\n- name: dashboard\n  rules:\n"
        for expression in try dashboard() where !expression.hasPrefix("label_values") {
            let plain = expression.replacing("$instance", with: ".*").replacing("'", with: "''")
            rules += "  - {record: 'dashboard:\(rules.utf8.count)', expr: '\(plain)'}\n"
        }
        let tool = try #require(popen("promtool check rules /dev/stdin > /dev/null", "w"))
        fputs(rules, tool)
        #expect(pclose(tool) == 0)
    }

    @Test func `each alert stays quiet and then does not, as its case in alerts_test.yml says`() throws {
        let folder = "\(Self.folder)/prometheus"
        #expect(system("cd '\(folder)' && promtool test rules alerts_test.yml > /dev/null") == 0)
        let names = Self.alerts.split(separator: "\n").compactMap { line -> String? in
            let words = line.split(separator: " ")
            return words.count == 3 && words[1] == "alert:" ? String(words[2]) : nil
        }
        #expect(names.count > 20)
        let cases = Self.text("\(folder)/alerts_test.yml").split(separator: "- eval_time:")
        for name in names {
            let own = cases.filter { $0.contains("alertname: \(name)\n") }
            #expect(own.contains { $0.contains("exp_labels") }, "no case in which \(name) fires")
        }
    }

    @Test func `the operators' guide says what to do about every alert`() {
        let guide = Self.text("\(TestHost.repository)/docs/OPERATIONS.md")
        for line in Self.alerts.split(separator: "\n") where line.contains("- alert: ") {
            let name = String(line.split(separator: " ").last ?? "")
            #expect(guide.contains("`\(name)`"), "docs/OPERATIONS.md does not know \(name)")
        }
    }
}
