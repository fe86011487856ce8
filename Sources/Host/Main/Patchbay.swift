import Glibc

/// The executable: a host, a demonstration, or a client of a running host, by its first argument.
@main struct Patchbay {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments.first {
        case "serve": exit(await Serve.run(Array(arguments.dropFirst())))
        case "demo": exit(await Demo.run(Array(arguments.dropFirst())))
        default: exit(2)
        }
    }
}
