import CLinux
import Carrier
import Core
import Glibc
import IO
import JSONKit

/// `patchbay carrier`: a carrier to practise on, until it is stopped.
enum CarrierCommand {
    private struct Options {
        var host = "127.0.0.1"
        var port = 8901
        var personas: String?
        var account = "AC00000000000000000000000000000001"
        var seed: UInt64 = 1
        var speed = 1.0
        var isMute = false
    }

    static let usage =
        "usage: patchbay carrier [--host ADDRESS] [--port NUMBER] [--personas FILE] [--seed NUMBER] [--speed FACTOR] [--account SID] [--mute]"

    static func run(_ arguments: [String]) async -> Int32 {
        do throws(StartFailure) {
            let options = try read(arguments)
            let practice = try practice(options.personas)
            _ = clinux_raise_descriptor_limit()
            let voice = options.isMute ? nil : voice()
            let carrier = try StartFailure.wrap { () throws(IOFailure) in
                try PracticeCarrier(
                    host: options.host,
                    port: options.port,
                    account: CarrierAccount(sid: options.account, authToken: token),
                    practice: practice,
                    seed: options.seed,
                    speed: options.speed,
                    voice: speech(voice)
                )
            }
            announce(options, carrier)
            await serve(carrier, voice)
            return 0
        } catch {
            Terminal.complain("patchbay: \(error)")
            return 2
        }
    }

    /// For ever. Nothing of it outlives the process, so a signal may simply end it.
    private static func serve(_ carrier: PracticeCarrier, _ voice: DemoVoice?) async {
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
        carrier.stop()
        withExtendedLifetime(voice) {}
    }

    /// In the environment, not in the arguments, which everybody on the machine can read.
    private static var token: String {
        getenv("PATCHBAY_CARRIER_TOKEN").map { String(cString: $0) } ?? "practice"
    }

    private static func read(_ arguments: [String]) throws(StartFailure) -> Options {
        var options = Options()
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--mute" {
                options.isMute = true
                continue
            }
            guard argument.hasPrefix("--"), let value = rest.popFirst() else {
                throw StartFailure("\(argument) is no flag with a value; \(usage)")
            }
            switch argument {
            case "--host": options.host = value
            case "--port": options.port = try number(argument, value, Int(value), 0...65535)
            case "--personas": options.personas = value
            case "--account": options.account = value
            case "--seed": options.seed = try number(argument, value, UInt64(value), 0...UInt64.max)
            case "--speed": options.speed = try number(argument, value, Double(value), 0.1...1000)
            default: throw StartFailure("\(argument) is no flag here; \(usage)")
            }
        }
        return options
    }

    private static func number<Number: Comparable>(
        _ flag: String,
        _ text: String,
        _ value: Number?,
        _ range: ClosedRange<Number>
    ) throws(StartFailure) -> Number {
        guard let value, range.contains(value) else {
            throw StartFailure("\(flag) must be a number from \(range.lowerBound) to \(range.upperBound), is \(text)")
        }
        return value
    }

    private static func practice(_ path: String?) throws(StartFailure) -> Practice {
        guard let path else { return Practice() }
        guard let bytes = Files.read(path) else { throw StartFailure("\(path): \(Files.lastError())") }
        do {
            return try Practice(try JSONWithComments.parse(bytes), folder: Files.folder(of: Files.absolute(path)))
        } catch { throw StartFailure("\(path): \(error)") }
    }

    /// The synthesis plugin that lies beside the program; without it personas murmur.
    private static func voice() -> DemoVoice? {
        var template = Array("/tmp/patchbay-carrier-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { return nil }
        let folder = String(cString: made)
        // What is loaded needs its file no more.
        defer { _ = system("rm -rf '\(folder)'") }
        do throws(DemoFailure) {
            return try DemoVoice(
                library: "\(Files.binaryFolder())/libtts-flite.so",
                folder: folder,
                voice: "rms"
            )
        } catch {
            Terminal.complain("personas murmur instead of speaking: \(error)")
            return nil
        }
    }

    private static func speech(_ voice: DemoVoice?) -> (@Sendable (String) async -> [Int16]?)? {
        guard let voice else { return nil }
        return { text in try? await voice.say(text) }
    }

    private static func announce(_ options: Options, _ carrier: PracticeCarrier) {
        let address = "http://\(options.host):\(carrier.port)"
        Terminal.print(
            """
            A carrier to practise on is ready, with seed \(options.seed), at speed \(options.speed).
              REST       \(address)/2010-04-01/Accounts/\(options.account)/Calls.json
              token      \(getenv("PATCHBAY_CARRIER_TOKEN") == nil ? "practice" : "in PATCHBAY_CARRIER_TOKEN")
              calls      \(address)/practice/calls
            Numbers that are somebody: +15005550003 is busy, +15005550004 does not answer, +15005550005 is a voicemail,
            +15005550006 talks (docs/CARRIER.md has them all). Stop with Ctrl-C.
            """
        )
    }
}
