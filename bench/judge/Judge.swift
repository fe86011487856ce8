import Glibc

/// `bench-judge configure failover|breaker FOLDER LIBRARIES` writes what a host is started with; `bench-judge failover|
/// breaker FOLDER PORT TOKEN` places the calls, listens, and prints what it heard as JSON lines.
@main
enum Judge {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            switch (arguments.first, arguments.count) {
            case ("configure", 4):
                let plans: [String: any Plan.Type] = [
                    "breaker": Breaker.self, "failover": Failover.self, "turns": Turns.self,
                ]
                guard let plan = plans[arguments[1]] else { throw JudgeFailure("there is no plan \(arguments[1])") }
                try Setup(folder: arguments[2], libraries: arguments[3]).write(plan)
            case ("failover", 4): try await Failover.run(try Stage(arguments))
            case ("breaker", 4): try await Breaker.run(try Stage(arguments))
            case ("turns", 4): try await Turns.run(try Stage(arguments))
            default: throw JudgeFailure("usage: bench-judge configure PLAN FOLDER LIBRARIES | PLAN FOLDER PORT TOKEN")
            }
        } catch {
            Terminal.complain("bench: \(error)")
            exit(1)
        }
    }
}
