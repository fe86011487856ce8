import Core
import Glibc

/// The process's own figures, read from the kernel each time the page is asked for.
enum ProcessFigures {
    /// Lines of the metrics page.
    static func text(_ format: Metrics.Format) -> String {
        let rows: [(name: String, type: String, help: String, value: Double)] = [
            ("process_cpu_seconds_total", "counter", "User and system time.", cpuSeconds),
            ("process_max_fds", "gauge", "Descriptors that may be open.", descriptorLimit),
            ("process_open_fds", "gauge", "Open descriptors.", openDescriptors),
            ("process_resident_memory_bytes", "gauge", "Resident memory.", residentBytes),
            ("process_start_time_seconds", "gauge", "When the process began, since 1970.", startTime),
        ]
        return rows.map { row in
            let title = Metrics.family(row.name, row.type, format)
            return "# HELP \(title) \(row.help)\n# TYPE \(title) \(row.type)\n\(row.name) \(row.value)\n"
        }.joined()
    }

    private static var cpuSeconds: Double {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        return seconds + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1_000_000
    }

    private static var descriptorLimit: Double {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Double(limit.rlim_cur)
    }

    private static var openDescriptors: Double {
        guard let directory = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // ".", ".." and the one that lists them.
        return Double(max(0, count - 3))
    }

    private static var residentBytes: Double {
        let pages = line(of: "/proc/self/statm").split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// The clock's ticks from boot to the process, on top of when the machine booted.
    private static let startTime: Double = {
        // The name, in parentheses, may hold spaces: field 22 is the twentieth behind it.
        let fields = line(of: "/proc/self/stat").split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 19, let ticks = Double(fields[19]) else { return 0 }
        var (wall, sinceBoot) = (timespec(), timespec())
        clock_gettime(CLOCK_REALTIME, &wall)
        clock_gettime(CLOCK_BOOTTIME, &sinceBoot)
        return Double(wall.tv_sec - sinceBoot.tv_sec) + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }()

    private static func line(of path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 1024)
        guard fgets(&line, 1024, file) != nil else { return "" }
        return String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
