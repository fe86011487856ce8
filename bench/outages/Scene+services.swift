import Services
import Staging

extension Scene {
    /// How the service of a name fails, and what it must have when it is back.
    func service(_ name: String, delay: Int) -> Service {
        switch name {
        case "redis":
            // The calls are over by then: nothing of them may be left there.
            return Service(name, self, delay, (redis.kill, redis.start, redis.pause, redis.resume)) { _ in
                Int(self.redis.command("ZCARD", "pb:default:active").first ?? "") ?? -1
            }
        case "postgres":
            return Service(name, self, delay, (postgres.kill, postgres.start, postgres.pause, postgres.resume)) {
                facts in
                facts.started.subtracting(facts.ended).count
            }
        case "kafka":
            let kafka = kafka
            return Service(
                name: name,
                fail: { mode in
                    switch mode {
                    case .stopped: kafka.goDown()
                    case .paused: kafka.pause()
                    case .slowed: kafka.delay(milliseconds: 2 * delay)
                    }
                },
                recover: { mode in
                    switch mode {
                    case .stopped: kafka.comeUp()
                    case .paused: kafka.resume()
                    case .slowed: kafka.delay(milliseconds: 0)
                    }
                },
                missing: { facts in
                    let reader = BrokerReader(brokers: kafka.brokers, topic: Self.topic, partitions: Self.partitions)
                    return facts.ids.subtracting(try reader.ids(seconds: 60)).count
                }
            )
        case "clickhouse":
            let server = clickhouse
            return Service(name, self, delay, (server.kill, server.start, server.pause, server.resume)) { facts in
                let rows = server.run("SELECT DISTINCT event_id FROM events").split(separator: "\n").map(String.init)
                return facts.ids.subtracting(rows).count
            }
        case "s3":
            return Service(name, self, delay, (s3.kill, s3.start, s3.pause, s3.resume)) { facts in
                facts.blobs.subtracting(self.s3.keys(Self.bucket)).count
            }
        default:
            return Service(name, self, delay, (crm.kill, crm.start, crm.pause, crm.resume)) { facts in
                facts.forCRM.subtracting(self.crm.taken).count
            }
        }
    }
}

extension Service {
    /// One that is behind a line.
    init(
        _ name: String,
        _ scene: Scene,
        _ delay: Int,
        _ hands: (kill: () -> Void, start: () throws -> Void, pause: () -> Void, resume: () -> Void),
        missing: @escaping (Facts) throws -> Int
    ) {
        let line = scene.lines[name]
        self.init(
            name: name,
            fail: { mode in
                switch mode {
                case .stopped:
                    line?.close()
                    hands.kill()
                case .paused: hands.pause()
                case .slowed: line?.wait(milliseconds: delay)
                }
            },
            recover: { mode in
                switch mode {
                case .stopped:
                    try hands.start()
                    try line?.open()
                case .paused: hands.resume()
                case .slowed: line?.wait(milliseconds: 0)
                }
            },
            missing: missing
        )
    }
}
