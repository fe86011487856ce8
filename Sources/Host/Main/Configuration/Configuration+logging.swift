import Core

extension Configuration.Logging {
    /// Makes the process log as the operator wants it.
    func apply() {
        Log.configure { settings in
            settings.level = Log.Level.allCases.first { $0.name == level } ?? .info
            settings.format = format == "json" ? .json : .text
            settings.showsPrivate = personal
        }
    }
}
