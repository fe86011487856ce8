import Glibc
import SoundKit

/// Somebody's speech, for calls in which it does not matter what is said.
enum CallersWords {
    /// Two seconds.
    static func samples() throws -> [Int16] {
        let path = "\(TestHost.repository)/Plugins/tts-recorded/phrases/apology.ulaw"
        guard let file = fopen(path, "r") else { throw Missing(path: path) }
        defer { fclose(file) }
        var codes = [UInt8](repeating: 0xFF, count: 16000)
        guard fread(&codes, 1, codes.count, file) == codes.count else { throw Missing(path: path) }
        return codes.map { G711.decode($0) }
    }

    struct Missing: Error { let path: String }
}
