import Core
import Glibc
import IO
import JSONKit
import PluginHost
import Routes
import Store
import WarehouseKit

/// The loader's plugins, routes and work: takes a batch, loads it until it is loaded, says so, takes the next.
final class LoaderPlant: Sendable {
    /// The plugin that the records come from: the first of the events route.
    let broker: String
    let figures: LoaderFigures
    private let registry: Registry
    private let consumer: WarehouseConsumer
    private let options: JSON
    private let loop: PollLoop
    private let service: PollLoop
    private let log = Log("loader")

    /// How long to wait after a failure; a batch is never given up.
    private static let manner = {
        var manner = CourierManner(.inOrder, batch: 1000)
        manner.longest = .seconds(30)
        return manner
    }()
    private static let pause: Duration = .seconds(10)
    /// A batch is not older than this when it is loaded, if the broker's plugin follows the wish.
    private static let gathering: Duration = .seconds(1)

    init(_ configuration: Configuration) throws(StartFailure) {
        let step = try Self.source(configuration)
        broker = step.plugin
        service = try StartFailure.wrap { () throws(IOFailure) in try PollLoop(name: "service") }
        loop = try StartFailure.wrap { () throws(IOFailure) in try PollLoop(name: "broker") }
        service.start()
        loop.start()
        let http = HTTPClient(loop: service)
        let host = HostServices(loop: service, http: http, secretsFolder: configuration.secrets)
        let routes: RouteTable
        (registry, routes) = try Self.plugins(configuration, host, service)
        consumer = WarehouseConsumer(routes: routes, host: configuration.deliveries.host)
        figures = LoaderFigures(plugin: step.plugin)
        var members = step.options.object ?? [:]
        members["consume"] = [
            "topics": [], "group": .string(configuration.loader.group), "batch": .int(Int64(Self.manner.batch)),
            "wait_ms": .int(Self.gathering.wholeMilliseconds),
        ]
        options = .object(members)
    }

    /// What plugins say will not work.
    func problems() -> [(plugin: String, problem: String)] {
        registry.list().compactMap { info in
            (try? registry.lease(info.name))?.health(within: .seconds(2)).map { (info.name, $0.description) }
        }
    }

    /// Every ten seconds, until the task is cancelled: what was done, or, where nothing comes, whether the broker is there.
    func watch() async {
        while (try? await Task.sleep(for: Self.pause)) != nil {
            guard !figures.write() else { continue }
            let problem = (try? registry.lease(broker))?.health(within: .seconds(2))?.description
            if let problem, problem != figures.obstacle { log.warning("nothing comes", ["reason": .string(problem)]) }
            figures.isHeldUp(by: problem)
        }
    }

    // MARK: Work

    /// Until the task is cancelled.
    func run() async {
        var tries = 0
        while !Task.isCancelled {
            let loaded = figures.batches.value
            guard let failure = await read() else { break }
            tries = figures.batches.value > loaded ? 1 : tries + 1
            figures.failures.add()
            complain("the broker's plugin failed", failure)
            try? await Task.sleep(for: Self.manner.wait(afterTries: tries, failure))
        }
    }

    /// One stream of batches, until it fails or the task is cancelled.
    private func read() async -> DeliveryFailure? {
        let reader: BrokerReader
        do throws(PluginError) {
            reader = BrokerReader(try registry.lease(broker), options: options, loop: loop)
        } catch {
            return DeliveryFailure(error.description, isRetryable: false)
        }
        for await arrival in reader.arrivals {
            switch arrival {
            case .failure(let failure):
                await reader.close()
                return DeliveryFailure(
                    failure.description,
                    isRetryable: failure.isRetryable,
                    retryAfter: failure.retryAfter
                )
            case .success(let batch):
                figures.began(batch.records)
                guard let refused = await load(batch.records) else { continue }
                figures.ended(batch.records.count, parked: refused.count)
                reader.answer(batch, parking: refused)
            }
        }
        await reader.close()
        return nil
    }

    /// Loads a batch, however long it takes. Gives what the warehouse will never take, by place; nil where the task was
    /// cancelled before all of it was loaded.
    private func load(_ records: [JSON]) async -> [(index: Int, error: String)]? {
        var (good, refused): ([Int], [(index: Int, error: String)]) = ([], [])
        for (index, record) in records.enumerated() {
            do throws(WarehouseError) {
                _ = try Rows.of(record)
                good.append(index)
            } catch {
                refused.append((index, "not an event: \(error)"))
            }
        }
        for start in stride(from: 0, to: good.count, by: Self.manner.batch) {
            let part = good[start..<min(start + Self.manner.batch, good.count)]
            guard let fates = await insist(part.map { records[$0] }) else { return nil }
            for (index, fate) in zip(part, fates) { if let fate { refused.append((index, fate.message)) } }
        }
        for (_, error) in refused.prefix(1) {
            complain("parked \(refused.count) of \(records.count)", DeliveryFailure(error, isRetryable: false))
        }
        return refused
    }

    private func insist(_ records: [JSON]) async -> [DeliveryFailure?]? {
        var tries = 0
        while true {
            do throws(DeliveryFailure) {
                let fates = try await consumer.load(records)
                figures.isHeldUp(by: nil)
                return fates
            } catch {
                tries += 1
                figures.failures.add()
                figures.isHeldUp(by: error.message)
                complain("the warehouse takes nothing", error)
                guard (try? await Task.sleep(for: Self.manner.wait(afterTries: tries, error))) != nil else {
                    return nil
                }
            }
        }
    }

    private func complain(_ what: String, _ failure: DeliveryFailure) {
        log.warning(what, ["reason": .string(failure.message)])
    }

    // MARK: Parts

    private static func source(_ configuration: Configuration) throws(StartFailure) -> Step {
        guard !configuration.deliveries.loadsFromLog else {
            throw StartFailure(
                "deliveries.warehouse_from is \"log\": the host loads the warehouse by itself; set it to \"broker\""
            )
        }
        func step(_ kind: Kind, _ example: String) throws(StartFailure) -> Step {
            if let step = configuration.routes.first(where: { $0.kind == kind })?.steps.first { return step }
            throw StartFailure(
                "routes.\(kind.rawValue): is required for the loader, as in [{\"plugin\": \"\(example)\"}]"
            )
        }
        _ = try step(.warehouse, "warehouse-clickhouse")
        return try step(.events, "events-kafka")
    }

    /// Only what the loader asks is loaded. The copies of the code are removed at once: it is mapped, and a loader that is
    /// killed leaves nothing.
    private static func plugins(
        _ configuration: Configuration,
        _ host: HostServices,
        _ loop: PollLoop
    ) throws(StartFailure) -> (Registry, RouteTable) {
        let folder = try Files.makeFolder("patchbay-loader")
        defer { Files.removeFolder(folder) }
        let registry = Registry(folder: folder, host: host) { _ in }
        let routes = RouteTable(registry: registry, loop: loop)
        let wanted = configuration.routes.filter { [.events, .warehouse].contains($0.kind) }
        let names = Set(wanted.flatMap { $0.steps.map(\.plugin) })
        for entry in configuration.plugins where names.contains(entry.loadedName) {
            _ = try StartFailure.wrap { () throws(PluginError) in
                try registry.load(path: configuration.library(entry.path), name: entry.name, config: entry.config)
            }
        }
        for name in names where (try? registry.lease(name)) == nil {
            throw StartFailure("routes: no plugin is called \(name); name its library in \"plugins\"")
        }
        for entry in wanted {
            routes.set(
                try StartFailure.wrap { () throws(FieldError) in
                    try Route(name: entry.kind.rawValue, kind: entry.kind, steps: entry.steps)
                }
            )
        }
        return (registry, routes)
    }
}
