import CLinux
import Carrier
import Console
import Core
import Glibc
import IO
import JSONKit

/// `patchbay demo`: a caller, a carrier and a host, on this machine alone.
enum Demo {
    static func run(_ arguments: [String]) async -> Int32 {
        guard arguments.isEmpty || arguments == ["--chaos"] else {
            Terminal.complain(
                "patchbay demo takes no argument but --chaos; PATCHBAY_DEMO_STATE says where it keeps its state"
            )
            return 2
        }
        // A namespace without a network has its loopback down; raising it needs no more than the namespace's own rights.
        _ = clinux_raise_loopback()
        Log.configure { $0.level = .error }
        do throws(DemoFailure) {
            return try await play(chaos: !arguments.isEmpty)
        } catch {
            Terminal.complain("patchbay demo: \(error)")
            return 1
        }
    }

    private static func play(chaos: Bool) async throws(DemoFailure) -> Int32 {
        let folder = try DemoFolder(examples: examples(), chaos: chaos)
        Terminal.print("A host starts with its embedded plugins, in \(folder.path).")
        let libraries = Files.binaryFolder()
        let voice = try DemoVoice(library: "\(libraries)/libtts-flite.so", folder: folder.path, voice: "rms")
        let carrier = try await DemoFailure.wrap("the carrier") { () async throws(IOFailure) in
            try PracticeCarrier(
                port: folder.carrierPort,
                account: CarrierAccount(authToken: folder.authToken),
                practice: DemoCampaign.practice,
                voice: { try? await voice.say($0) }
            )
        }
        defer { carrier.stop() }
        let host = try DemoHost(folder)
        defer { host.stop() }
        let transcript = DemoTranscript(socket: folder.socket)
        Terminal.print(
            "A call comes in over the carrier's protocol: signed webhook, media socket, 20 ms of mu-law at a time."
        )
        let loop = try await DemoFailure.wrap("the carrier") { () async throws(IOFailure) in
            try SocketLoop(name: "carrier")
        }
        let web = try await DemoFailure.wrap("the carrier") { () async throws(IOFailure) in
            try PollLoop(name: "carrier-web")
        }
        loop.start()
        web.start()
        defer {
            loop.stop()
            web.stop()
        }
        let call = try await DemoFailure.wrap("the call") { () async throws(CarrierFailure) in
            try await SimulatedCall.place(
                webhook: "\(folder.publicURL)/telephony/telephony-twilio/voice",
                account: CarrierAccount(authToken: folder.authToken),
                from: "+15005550006",
                to: "+15005550009",
                loop: loop,
                http: HTTPClient(loop: web)
            )
        }
        var swaps = 0
        let control = try host.client()
        let script = DemoCall(
            call: call,
            voice: voice,
            transcript: transcript,
            chaos: chaos ? DemoChaos(control) : nil
        )
        try await script.run { () async throws(DemoFailure) in
            try exchange(control)
            swaps += 1
        }
        let summary = DemoSummary(transcript, await call.report(), swaps: swaps, chaos: chaos)
        var result = await conclude(summary, folder)
        // Providers that die are the other demonstration.
        if !chaos {
            transcript.quieten()
            let campaign = DemoCampaign(control: control, transcript: transcript, folder: folder)
            let report = try await campaign.run()
            try campaign.show(report)
            result.json["campaign"] = report["figures"] ?? [:]
        }
        for fault in result.faults { Terminal.complain("patchbay demo: \(fault)") }
        Terminal.print(JSON.object(result.json).description)
        return result.faults.isEmpty ? 0 : 1
    }

    /// Another voice for the agent, as a new generation of the same plugin.
    private static func exchange(_ control: ControlClient) throws(DemoFailure) {
        do throws(ConsoleFailure) {
            _ = try control.call("plugin.swap", ["name": "tts-flite", "config": ["voice": "awb"]])
        } catch { throw DemoFailure("plugin.swap: \(error)") }
    }

    /// Shows what the call came to; the members of the last line, and what did not happen though it should have.
    private static func conclude(
        _ summary: DemoSummary,
        _ folder: DemoFolder
    ) async -> (json: JSONObject, faults: [String]) {
        // The outcome is delivered a moment after the call: the CRM's acknowledgement is the last event.
        for _ in 0..<200 where !summary.isDelivered { usleep(50_000) }
        let json = summary.json
        Terminal.print("\nThe CRM's record is in \(folder.path)/crm, the recording (caller left, agent right) in")
        Terminal.print("  \(json["recording"]?.string ?? "")")
        Terminal.print("How long the caller waited, in ms: measured outside on the socket, and the host's own ledger.")
        for line in summary.ledger.lines { Terminal.print(line) }
        return (json.object ?? [:], summary.faults())
    }

    /// The examples of the repository, or of the installation.
    private static func examples() throws(DemoFailure) -> String {
        let binary = Files.binaryFolder()
        let places = [
            "\(binary)/../../../examples", "\(binary)/../../share/patchbay/examples", Files.absolute("examples"),
        ]
        guard let found = places.first(where: { Files.exists("\($0)/patchbay.json") }) else {
            throw DemoFailure("the examples were not found beside the binary; run it from the repository")
        }
        return Files.absolute(found)
    }
}
