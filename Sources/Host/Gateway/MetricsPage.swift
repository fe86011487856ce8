import Core
import Glibc
import IO

/// `/metrics` in Prometheus' text format, with the process's own figures.
public enum MetricsPage {
    static func response() -> HTTPResponse {
        HTTPResponse(
            status: 200,
            headers: [("content-type", "text/plain; version=0.0.4; charset=utf-8")],
            body: Array(text().utf8)
        )
    }

    /// The page.
    public static func text() -> String {
        measure()
        return Metrics.shared.render()
    }

    private static func measure() {
        let metrics = Metrics.shared
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        let microseconds = Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
        // A counter by nature; as a gauge it can be set to what the kernel says.
        metrics.gauge("process_cpu_seconds", help: "User and system time.").set(seconds + microseconds / 1_000_000)
        metrics.gauge("process_resident_memory_bytes", help: "Resident memory.").set(residentBytes())
        metrics.gauge("process_open_fds", help: "Open descriptors.").set(Double(openDescriptors()))
    }

    private static func residentBytes() -> Double {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, 256, file) != nil else { return 0 }
        let text = line.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static func openDescriptors() -> Int {
        guard let directory = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // ".", ".." and the one that lists them.
        return max(0, count - 3)
    }
}
