import Core
import IO
import JSONKit
import PluginHost
import Store

/// Asks everything outside that a configuration names whether it would do, all at once, and looks at its clock.
struct OutsideCheck {
    private let review: ConfigurationReview
    private let scratch: String

    /// Whoever has not answered by then is a finding.
    private static let limit: Duration = .seconds(6)
    /// What a plugin is given of it.
    private static let patience: Duration = .seconds(4)
    /// Signatures and tokens are refused from a few minutes on.
    private static let toleratedSkew = 30.0

    init(_ review: ConfigurationReview, scratch: String) { (self.review, self.scratch) = (review, scratch) }

    private typealias Probe = @Sendable () async -> [Finding]

    /// A line for each service, and one for each clock that differs; the store and the sessions first.
    func findings() async -> [Finding] {
        guard let configuration = review.configuration else { return [] }
        let service: PollLoop
        do throws(IOFailure) { service = try PollLoop(name: "service") } catch {
            return [Finding("plugins", saying: "\(error)")]
        }
        service.start()
        let http = HTTPClient(loop: service)
        let host = HostServices(loop: service, http: http, secretsFolder: configuration.secrets)
        let registry = Registry(folder: scratch, host: host) { _ in }
        var probes: [(what: String, place: String, probe: Probe)] = []
        if configuration.store.name == "postgres" { probes.append(postgres(configuration.store, host)) }
        if let address = configuration.sessions.address {
            probes.append(redis(address, configuration.sessions, host))
        }
        var findings: [Finding] = []
        for entry in review.plugins {
            let what = "plugin \(entry.loadedName)"
            var place = Self.place(of: entry.config, [:])
            do throws(PluginError) {
                _ = try registry.load(path: entry.path, name: entry.name, config: entry.config)
                let instance = try registry.lease(entry.loadedName)
                place = Self.place(of: entry.config, try registry.schema(entry.loadedName))
                let address = place
                probes.append((what, address, { await Self.ask(instance, what, address, http) }))
            } catch { findings.append(Finding(what, at: place, saying: "\(error)")) }
        }
        let all = probes
        let answers = await withTaskGroup(of: (Int, [Finding]).self) { group in
            for (index, entry) in all.enumerated() {
                group.addTask { (index, await Self.within(Self.limit, entry.what, entry.place, entry.probe)) }
            }
            var answers = [[Finding]](repeating: [], count: all.count)
            for await (index, found) in group { answers[index] = found }
            return answers
        }
        return answers.flatMap { $0 } + findings
    }

    /// What of a plugin's configuration says where it goes, or, where it says nothing, its schema's default.
    private static func place(of config: JSON, _ schema: JSON) -> String {
        let bucket = config["bucket"]?.string.map { " \($0)" } ?? ""
        for name in ["url", "base_url", "endpoint", "brokers", "account", "folder", "path"] {
            let place = config.text(name, schema["properties"]?[name] ?? .null)
            if !place.isEmpty { return place + bucket }
        }
        return bucket.isEmpty ? "" : String(bucket.dropFirst())
    }

    // MARK: Probes

    private func postgres(_ store: Configuration.Engine, _ host: HostServices) -> (String, String, Probe) {
        let (what, place, url, name) = ("store (PostgreSQL)", Self.plain(store.url), store.url, store.passwordSecret)
        return (
            what, place,
            {
                await Self.onWorker {
                    do throws(StoreError) {
                        let ahead = try StoreProbe.postgres(url: url) { name.isEmpty ? nil : host.secret(name) }
                        return [Finding(what, at: place)]
                            + Self.clock(ahead.fractionalSeconds, what, place, "its now()")
                    } catch { return [Finding(what, at: place, saying: "\(error)")] }
                }
            }
        )
    }

    /// Without what stands before the `@`: a user's name is nobody's business in a report.
    private static func plain(_ url: String) -> String {
        guard let at = url.lastIndex(of: "@"), let start = url.firstRange(of: "://") else { return url }
        return url[..<start.upperBound] + String(url[url.index(after: at)...])
    }

    private func redis(
        _ address: RedisAddress,
        _ sessions: Configuration.Sessions,
        _ host: HostServices
    ) -> (String, String, Probe) {
        let (what, place, name) = ("sessions (Redis)", sessions.url, sessions.passwordSecret)
        return (
            what, place,
            {
                do throws(StoreError) {
                    let password: @Sendable () -> String? = { name.isEmpty ? nil : host.secret(name) }
                    let ahead = try await RedisProbe.ask(address, password: password, within: Self.patience)
                    return [Finding(what, at: place)] + Self.clock(ahead.fractionalSeconds, what, place, "TIME")
                } catch { return [Finding(what, at: place, saying: "\(error)")] }
            }
        )
    }

    /// What the plugin says of itself, and, where that was said without asking anybody, whether its server is there at all.
    private static func ask(_ instance: Instance, _ what: String, _ place: String, _ http: HTTPClient) async
        -> [Finding]
    {
        let found = await onWorker {
            let finding = instance.health(within: patience).map { Finding(what, at: place, saying: "\($0)") }
            let skew = instance.clockSkew.map { clock(Double($0), what, place, "the Date of its answers") } ?? []
            return [finding ?? Finding(what, at: place)] + skew
        }
        let isWell = !found.contains(where: \.isProblem) && instance.clockSkew == nil
        guard isWell, let url = address(place) else { return found }
        var request = ClientRequest("GET", url)
        (request.connectTimeout, request.idleTimeout, request.totalTimeout) = (.seconds(2), patience, patience)
        do throws(IOFailure) {
            // Whatever it answers to a stranger: it is there.
            let date = try await http.fetch(request).headers.first { $0.name == "date" }?.value
            guard let theirs = date.flatMap(HTTPDate.seconds) else { return found }
            let ahead = Double(Timestamp.now().unixMilliseconds) / 1000 - Double(theirs)
            return found + clock(ahead, what, place, "the Date of its answers")
        } catch {
            return [
                Finding(
                    what,
                    at: place,
                    problem: "\(error)",
                    fix: "is it up, and is the address in its \"config\" right?"
                )
            ]
        }
    }

    /// Where to knock; nil where it is no web address.
    private static func address(_ place: String) -> String? {
        let url = String(place.prefix { $0 != " " })
        for (scheme, plain) in [
            ("http://", "http://"), ("https://", "https://"), ("ws://", "http://"), ("wss://", "https://"),
        ]
        where url.hasPrefix(scheme) { return plain + url.dropFirst(scheme.count) }
        return nil
    }

    /// A finding where our clock is too far from another one.
    static func clock(_ ahead: Double, _ what: String, _ place: String, _ source: String) -> [Finding] {
        guard abs(ahead) > toleratedSkew else { return [] }
        let seconds = Int(abs(ahead).rounded())
        let length = seconds < 120 ? "\(seconds) s" : "\(seconds / 60) min \(seconds % 60) s"
        let problem = "this machine's clock is \(length) \(ahead > 0 ? "ahead of" : "behind") \(source)"
        return [
            Finding(
                "clock, by \(what)",
                at: place,
                problem: problem,
                fix: "set the clock, here or there (NTP: timedatectl set-ntp true)"
            )
        ]
    }

    // MARK: Waiting

    /// Off the threads that others wait for: it blocks.
    private static func onWorker(_ body: @escaping @Sendable () -> [Finding]) async -> [Finding] {
        await withCheckedContinuation { continuation in
            WorkerPool.shared.run { continuation.resume(returning: body()) }
        }
    }

    /// Whoever has not answered by then is left alone: this process ends soon.
    private static func within(
        _ limit: Duration,
        _ what: String,
        _ place: String,
        _ probe: @escaping Probe
    ) async -> [Finding] {
        let (answers, answer) = AsyncStream.makeStream(of: [Finding].self)
        Task { answer.yield(await probe()) }
        let clock = Task {
            guard (try? await Task.sleep(for: limit)) != nil else { return }
            answer.yield([
                Finding(
                    what,
                    at: place,
                    saying: "no answer within \(limit.components.seconds) s; is it up, and is the address right?"
                )
            ])
        }
        defer { clock.cancel() }
        for await findings in answers { return findings }
        return []
    }
}
