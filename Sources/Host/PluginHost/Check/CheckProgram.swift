/// The child process of `plugin.check`: performs one test and leaves what it found in a file.
public enum CheckProgram {
    /// `arguments` are those that `CheckRunner` gives after `check-plugin`. The exit code: 0 if the test came to its end,
    /// whatever it found.
    public static func run(_ arguments: [String]) -> Int32 {
        guard let job = CheckJob(arguments: arguments) else { return 2 }
        return job.perform()
    }
}
