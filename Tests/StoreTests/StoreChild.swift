import Glibc

/// A process of its own that works on a store and tells of each acknowledged step on a pipe, until it is killed.
enum StoreChild {
    /// Runs it for a while from its first acknowledgement on, and kills it. The last thing that it acknowledged.
    static func runUntilKilled(
        _ folder: String,
        _ url: String,
        mode: String = "",
        milliseconds: Int
    ) throws -> Int64 {
        var ends: [Int32] = [0, 0]
        pipe(&ends)
        let program = "\(PluginFolder.path)/store-child"
        let command = "exec '\(program)' '\(folder)' '\(url)' '\(mode)' >&\(ends[1])"
        var pid = pid_t()
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/bash"), strdup("-c"), strdup(command), nil]
        defer { for argument in arguments { free(argument) } }
        posix_spawn(&pid, "/bin/bash", nil, nil, &arguments, environ)
        close(ends[1])
        // The child starts at its own pace: the time runs from its first acknowledgement.
        var buffer = [Int64](repeating: 0, count: 4096)
        var last: Int64 = 0
        let first = read(ends[0], &buffer, 8)
        if first == 8 { last = buffer[0] }
        usleep(UInt32(milliseconds * 1000))
        kill(pid, SIGKILL)
        while true {
            let count = read(ends[0], &buffer, buffer.count * 8)
            guard count >= 8 else { break }
            last = buffer[count / 8 - 1]
        }
        close(ends[0])
        waitpid(pid, nil, 0)
        return last
    }
}

/// Where SwiftPM puts programs: beside the test runner.
enum PluginFolder {
    static let path: String = {
        let path = CommandLine.arguments[0]
        return String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
    }()
}
