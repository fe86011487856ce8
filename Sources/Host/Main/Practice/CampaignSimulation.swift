import Campaigns
import Console
import Core
import Glibc
import JSONKit
import Simulation

/// `patchbay campaign simulate FILE`: a campaign's days in virtual time, without a host.
enum CampaignSimulation {
    private struct Options {
        var file = ""
        var leads = 100_000
        var days = 14
        var seed: UInt64 = 1
        var from: CivilDay?
        var page: String?
        var isJSON = false
        var isCSV = false
    }

    static let usage =
        "usage: patchbay campaign simulate FILE [--leads N] [--days N] [--seed N] [--from DAY] [--html FILE] [--json | --csv]"

    /// 0: nothing was dialled that should not have been; 1: something was; 2: there was nothing to simulate.
    static func run(_ arguments: [String]) -> Int32 {
        do throws(StartFailure) {
            let options = try read(arguments)
            let campaign = try campaign(options.file)
            let day = options.from ?? campaign.startsAt.map { Zone.utc.day(of: $0) } ?? Zone.utc.day(of: .now())
            let setup = SimulationSetup(
                campaign,
                leads: options.leads,
                days: options.days,
                seed: options.seed,
                start: Zone.utc.moment(of: day),
                rules: try StartFailure.wrap { () throws(RuleError) in try RuleBook.shipped() }
            )
            let bar = isatty(STDERR_FILENO) == 1
            let result = Simulations.run(setup) { share in if bar { show(share, of: options.days) } }
            if bar { Terminal.complain("\r\u{1B}[K", terminator: "") }
            if let page = options.page { try Files.write(CampaignPage.html(result.json), to: page) }
            Console.show(tables: result.json, asJSON: options.isJSON, asCSV: options.isCSV)
            return result.isFlawless ? 0 : 1
        } catch {
            Terminal.complain("patchbay: \(error)")
            return 2
        }
    }

    private static func show(_ share: Double, of days: Int) {
        let eighths = Int(share * 40)
        let bar = String(repeating: "█", count: eighths) + String(repeating: " ", count: 40 - eighths)
        let day = (share * Double(days) * 10).rounded() / 10
        Terminal.complain("\r▕\(bar)▏ day \(day) of \(days)", terminator: "")
    }

    private static func campaign(_ path: String) throws(StartFailure) -> Campaign {
        guard let bytes = Files.read(Files.absolute(path)) else { throw StartFailure("\(path): \(Files.lastError())") }
        let reading: CampaignReading
        do throws(JSONError) { reading = CampaignReading(try JSONWithComments.parse(bytes)) } catch {
            throw StartFailure("\(path): \(error)")
        }
        let errors = reading.findings.filter { $0.severity == .error }
        guard errors.isEmpty else {
            throw StartFailure(errors.map { "\(path): \($0.path): \($0.problem)" }.joined(separator: "\n"))
        }
        return reading.campaign
    }

    private static func read(_ arguments: [String]) throws(StartFailure) -> Options {
        var options = Options()
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--json": options.isJSON = true
            case "--csv": options.isCSV = true
            case "--html": options.page = Files.absolute(rest.popFirst() ?? "")
            case "--leads": options.leads = try number(argument, rest.popFirst(), in: 1...5_000_000)
            case "--days": options.days = try number(argument, rest.popFirst(), in: 1...366)
            case "--seed": options.seed = UInt64(try number(argument, rest.popFirst(), in: 0...Int.max))
            case "--from":
                let text = rest.popFirst() ?? ""
                guard let day = CivilDay(parsing: text) else {
                    throw StartFailure("--from must be a day such as 2026-11-23, is \"\(text)\"; \(usage)")
                }
                options.from = day
            default:
                guard !argument.hasPrefix("-"), options.file.isEmpty else {
                    throw StartFailure("\(argument) is no flag here; \(usage)")
                }
                options.file = argument
            }
        }
        guard !options.file.isEmpty else { throw StartFailure(usage) }
        return options
    }

    private static func number(
        _ flag: String,
        _ text: String?,
        in range: ClosedRange<Int>
    ) throws(StartFailure) -> Int {
        guard let number = text.flatMap({ Int($0) }), range.contains(number) else {
            throw StartFailure("\(flag) needs a number from \(range.lowerBound) to \(range.upperBound); \(usage)")
        }
        return number
    }
}
