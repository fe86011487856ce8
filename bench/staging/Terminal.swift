import Glibc
public import JSONKit

public enum Terminal {
    public static func print(_ line: JSONObject) { write("\(JSON.object(line))\n", STDOUT_FILENO) }

    public static func complain(_ text: String) { write("\(text)\n", STDERR_FILENO) }

    /// Seconds on the machine's steady clock.
    public static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func write(_ text: String, _ descriptor: Int32) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(descriptor, bytes, bytes.count)
    }
}
