import Carrier
import Console
import Core
import Glibc
import IO
import JSONKit

/// The second part of the demonstration: twenty leads who do not exist are called by the host, over the carrier's REST API, by a
/// carrier that lies in this process.
struct DemoCampaign {
    static let name = "spring-service"
    static let leads = 20
    /// However a call goes, it is over by then.
    private static let patience = 180

    let control: ControlClient
    let transcript: DemoTranscript
    let folder: DemoFolder

    /// Who answers: each number is somebody, so that everything that can happen does.
    static var practice: Practice {
        var practice = Practice()
        let talks = Persona(
            "short",
            .talk,
            rings: 1...4,
            thinks: 0.2...0.5,
            says: ["Hello?", "No, that is all. Goodbye."]
        )
        practice.personas =
            practice.personas.map { persona in
                var persona = persona
                persona.rings = persona.kind == .voicemail ? 5...8 : 1...4
                return persona
            } + [talks]
        let cast = [
            "short", "voicemail", "no answer", "short", "busy", "hangs up", "do not call", "fax", "short", "callback",
        ]
        for lead in 0..<leads { practice.numbers[number(lead)] = cast[lead % cast.count] }
        practice.dials = 0.2...0.6
        return practice
    }

    private static func number(_ lead: Int) -> String { "+12127360\(100 + lead)" }

    /// The report, as the control plane answers it.
    func run() async throws(DemoFailure) -> JSON {
        Terminal.print("\nA campaign: \(Self.leads) leads are called, each once, by the rules of where they live.")
        try prepare()
        _ = try call("campaign.start", ["name": .string(Self.name)])
        let isOver = await watch()
        let report = try call("campaign.report", ["name": .string(Self.name), "html": true])
        guard isOver else {
            let why = try call("campaign.explain", ["name": .string(Self.name)])
            throw DemoFailure(
                "the campaign was not over within \(Self.patience) s: \(report["figures"] ?? .null), \(why)"
            )
        }
        return report
    }

    /// Shows the report and keeps its page.
    func show(_ report: JSON) throws(DemoFailure) {
        var shown = report.object ?? [:]
        shown["html"] = nil
        Console.show(tables: .object(shown))
        let page = "\(folder.path)/campaign.html"
        do throws(StartFailure) { try Files.write(report["html"]?.string ?? "", to: page) } catch {
            throw DemoFailure("\(error)")
        }
        Terminal.print("\nThe same with pictures is in \(page)")
    }

    private func prepare() throws(DemoFailure) {
        let zone = Self.zone(at: .now())
        let leads = (0..<Self.leads).map { lead -> JSON in
            [
                "number": .string(Self.number(lead)), "name": .string("Lead \(lead + 1)"), "region": "US-NY",
                "zone": .string(zone), "consent_kind": "written", "consent_at": "2026-01-01",
                "consent_source": "demonstration",
            ]
        }
        let added = try call("lead.add", ["list": .string(Self.name), "leads": .array(leads)])
        guard added["taken"] == .int(Int64(Self.leads)) else { throw DemoFailure("leads were refused: \(added)") }
        _ = try call(
            "campaign.put",
            [
                "document": [
                    "name": .string(Self.name), "agent": "front-desk", "caller_ids": ["+15005550006"],
                    "lists": [.string(Self.name)], "pace": ["concurrent": 6, "calls_per_second": 20],
                    "caps": ["per_lead": 1, "per_lead_and_day": 1], "rings_s": 15, "country": "US",
                ]
            ]
        )
    }

    /// Where it is day now: the law's hours hold for those who are called, at whatever hour this is shown.
    private static func zone(at now: Timestamp) -> String {
        let zones = [
            "America/New_York", "America/Los_Angeles", "Pacific/Honolulu", "Europe/London", "Asia/Kolkata",
            "Asia/Tokyo",
            "Pacific/Auckland",
        ]
        let day = zones.first { name in
            guard let zone = Zone(named: name) else { return false }
            let seconds = now.unixMilliseconds / 1000 + Int64(zone.offset(at: now))
            return (10..<18).contains(seconds % 86_400 / 3600)
        }
        return day ?? zones[0]
    }

    /// Follows the calls; false: they took too long.
    private func watch() async -> Bool {
        let isTerminal = isatty(STDOUT_FILENO) == 1
        var shown = 0
        for _ in 0..<(Self.patience * 4) {
            let ended = transcript.all("attempt.ended")
            for attempt in ended.dropFirst(isTerminal ? ended.count : shown) {
                Terminal.print("  \(attempt["disposition"]?.string ?? "?")")
            }
            shown = ended.count
            let placed = transcript.all("attempt.intended").count
            let state: JSON = [
                "state": .string("\(max(0, placed - shown)) on the phone"), "done": .int(Int64(shown)),
                "total": .int(Int64(Self.leads)),
            ]
            if isTerminal { Terminal.print("\r\u{1B}[K" + Console.progress(state), terminator: "") }
            if shown >= Self.leads {
                if isTerminal { Terminal.print("") }
                return true
            }
            usleep(250_000)
        }
        return false
    }

    private func call(_ method: String, _ parameters: JSON) throws(DemoFailure) -> JSON {
        do throws(ConsoleFailure) { return try control.call(method, parameters, seconds: 60) } catch {
            throw DemoFailure("\(method): \(error)")
        }
    }
}
