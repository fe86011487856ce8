import Glibc
import Staging

/// `bench-outages PLAN` (see `Plan`): each service fails in each way under live calls. Prints JSON lines; exits with 1 where a
/// call was dropped or something was not delivered in the end. `bench-outages desk PORT JOURNAL` is the CRM.
@main
enum Outages {
    static func main() {
        let words = Array(CommandLine.arguments.dropFirst())
        signal(SIGPIPE, SIG_IGN)
        do {
            if words.count == 3, words[0] == "desk", let port = UInt16(words[1]) {
                try CRMProcess.serve(port: port, journal: words[2])
            }
            exit(try run(Plan(words)) ? 0 : 1)
        } catch {
            Terminal.complain("bench: \(error)")
            exit(1)
        }
    }

    /// Everything that was started has ended when this returns.
    private static func run(_ plan: Plan) throws -> Bool {
        let scene = try Scene(plan)
        return try Run(plan, scene).all()
    }
}
