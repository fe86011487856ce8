import Glibc
public import JSONKit
import RPCSchema

/// The command line of a running host: `patchbay <namespace> <verb>`, made from rpc-schema/openrpc.json.
public enum Console {
    /// Serves everything that is not a command of the executable itself; the process's exit code.
    ///
    /// 0: done; 1: the host answered with an error; 2: not a command; 3: no host answers; 4: no answer in time.
    public static func run(arguments: [String]) -> Int32 {
        run(arguments: arguments, output: DescriptorOutput.standard, environment: Environment.process)
    }

    /// Shows figures and tables, as `campaign.report` answers them, on standard output.
    public static func show(tables: JSON, asJSON: Bool = false, asCSV: Bool = false) {
        let output = DescriptorOutput.standard
        if asJSON { return output.print(tables.description + "\n") }
        Presenter(output, asJSON: false, asCSV: asCSV).show(tables: tables)
    }

    /// One line that tells how far something is, by its `state`, `done` and `total`.
    public static func progress(_ json: JSON) -> String {
        ProgressBar(json).line(width: DescriptorOutput.standard.width ?? 80)
    }

    static func run(arguments: [String], output: any Output, environment: Environment) -> Int32 {
        do throws(FieldError) {
            let interface = try Interface()
            do throws(ConsoleFailure) {
                return try serve(arguments, interface, output, environment)
            } catch {
                return complain(error, asJSON: arguments.contains("--json"), output)
            }
        } catch {
            output.complain("patchbay: this binary was built from a broken rpc-schema/openrpc.json: \(error)\n")
            return 2
        }
    }

    private static func serve(
        _ arguments: [String],
        _ interface: Interface,
        _ output: any Output,
        _ environment: Environment
    ) throws(ConsoleFailure) -> Int32 {
        switch arguments.first {
        case nil:
            output.complain(Help(interface).overview)
            return 2
        case "help", "--help", "-h":
            output.print(try Help(interface).text(about: Array(arguments.dropFirst())))
        case "completions": output.print(try Completions(interface).script(for: arguments.dropFirst().first))
        case "manual": output.print(ManualPage(interface).text)
        case "reference": output.print(Reference(interface).text)
        default: return try Command(interface, output, environment).run(Self.withFlagsLast(arguments))
        }
        return 0
    }

    /// Common flags may also stand before the command.
    private static func withFlagsLast(_ arguments: [String]) -> [String] {
        var rest = arguments[...]
        var flags: [String] = []
        while let flag = rest.first, flag.hasPrefix("--") {
            let takesValue = ["--socket", "--timeout"].contains(flag)
            flags += rest.prefix(takesValue ? 2 : 1)
            rest = rest.dropFirst(takesValue ? 2 : 1)
        }
        return rest + flags
    }

    private static func complain(_ failure: ConsoleFailure, asJSON: Bool, _ output: any Output) -> Int32 {
        if asJSON, case .refused(let code, let message, let data) = failure {
            let error: JSON = ["error": ["code": .int(Int64(code)), "message": .string(message), "data": data]]
            output.print(error.description + "\n")
        } else {
            output.complain("patchbay: \(failure)\n")
        }
        return failure.exitCode
    }
}
