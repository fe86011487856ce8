import Carrier
import Console
import Glibc
import JSONKit
import Services
import Testing

/// What only an operator can mend, seen from where operators look.
@Suite(.serialized) struct ObstacleTests {
    @Test func `a wrong password and a vanished bucket are told in the log, in the list of deliveries and as figures`()
        async throws
    {
        let (warehouse, store) = (try ClickHouseServer(), try S3Server())
        let host = try TestHost { configuration in
            var plugins = configuration["plugins"]?.array ?? []
            plugins.append([
                "path": .string("\(TestHost.binaries)/libwarehouse-clickhouse.so"),
                "config": ["url": .string(warehouse.url), "password_secret": "clickhouse"],
            ])
            plugins.append([
                "path": .string("\(TestHost.binaries)/libblobs-s3.so"),
                "config": ["bucket": "vanished", "endpoint": .string(store.url)],
            ])
            configuration["plugins"] = .array(plugins)
            var routes = configuration["routes"]?.object ?? [:]
            routes["warehouse"] = [["plugin": "warehouse-clickhouse"]]
            routes["blobs"] = [["plugin": "blobs-s3"]]
            configuration["routes"] = .object(routes)
        }
        try host.keep("wr0ng", as: "clickhouse")
        try host.keep(S3Server.accessKey, as: "s3_access_key")
        try host.keep(S3Server.secretKey, as: "s3_secret_key")
        try host.start()
        let carrier = try TestCarrier()
        let call = try await carrier.call(host)
        try await call.waitForAgent(after: 0, seconds: 20)
        await call.hangUp()

        let fixes = [
            "warehouse": ["ClickHouse at \(warehouse.url)", "set user and password_secret"],
            "recordings": ["S3 bucket vanished at \(store.url)", "make the bucket, or set bucket"],
        ]
        for (consumer, words) in fixes {
            var error = ""
            try await Patience.wait(for: "\(consumer) in the list", seconds: 30) {
                let list = try host.client().call("delivery.list")["items"]?.array ?? []
                error = list.first { $0["consumer"]?.string == consumer }?["error"]?.string ?? ""
                return !error.isEmpty
            }
            for word in words { #expect(error.contains(word), "\(error)") }
            let failures = "patchbay_delivery_failures_total{consumer=\"\(consumer)\"} "
            let page = PlainRequest.send("GET", "/metrics", port: UInt16(host.port))?.body ?? ""
            let line = page.split(separator: "\n").first { $0.hasPrefix(failures) }
            #expect(line.flatMap { Int($0.dropFirst(failures.count)) } ?? 0 > 0)
            let log = host.read("\(host.folder)/output")
            #expect(log.contains(words[0]) && log.contains(words[1]))
            #expect(!(log + error).contains("wr0ng") && !(log + error).contains(S3Server.secretKey))
        }
        // Nobody on the telephone hears of it, and what waits is in the log.
        #expect(try host.topics().contains("call.ended"))
        host.stop()
    }
}
