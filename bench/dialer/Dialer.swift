import Glibc
import Services

/// `bench-dialer ENGINE LEADS KILLS LIBRARIES`: a campaign is called through while its hosts are killed, one host on SQLite, two
/// on one PostgreSQL. What the carrier was asked to do is judged by the carrier's own list. Prints a JSON line; exits with 1
/// where a lead was called twice, or not at all, or when it must not be.
@main
enum Dialer {
    static func main() async {
        let words = Array(CommandLine.arguments.dropFirst())
        do {
            guard words.count == 4, let leads = Int(words[1]), let kills = Int(words[2]) else {
                throw ServiceFailure("usage: bench-dialer sqlite|postgres LEADS KILLS LIBRARIES")
            }
            let scene = try Scene(engine: words[0], leads: leads, libraries: words[3])
            try await scene.seed()
            exit(try await Dialling(scene, kills: kills).run() ? 0 : 1)
        } catch {
            let words = Array("bench: \(error)\n".utf8)
            _ = write(STDERR_FILENO, words, words.count)
            exit(1)
        }
    }
}
