import Core
import JSONKit
import Routes
import Store

/// What an operator decides in the configuration file. Every member has a default; `examples/patchbay.json`
/// spells them out. Paths are absolute once read.
struct Configuration: Sendable {
    var state: String
    var listen = Listen()
    var publicURL: String
    var control = ControlSocket()
    var log = Logging()
    var secrets: String
    var pluginFolder = ""
    var plugins: [PluginEntry] = []
    var routes: [RouteEntry] = []
    var agents: [String] = []
    var numbers: [NumberEntry] = []
    var collections: [CollectionEntry] = []
    var limits = Limits()
    var deliveries = Deliveries()
    var loader = Loader()
    var sessions = Sessions()
    var recordings = Recordings()
    var store = Engine()
    var jobs = Jobs()
    var dialing = Dialing()
    var leadPulls: [LeadPullEntry] = []

    struct Listen: Sendable {
        var host = "127.0.0.1"
        var port = 8080
        var loops = 1
        var certificate = ""
        var key = ""
    }

    struct ControlSocket: Sendable {
        var path = ""
        var readGroups: [String] = []
        var writeGroups: [String] = []
        var adminGroups: [String] = []
    }

    struct Logging: Sendable {
        var level = "info"
        var format = "text"
        var personal = false
    }

    struct PluginEntry: Sendable {
        var path: String
        var name: String?
        var config: JSON

        /// `asr-google` for `/usr/lib/patchbay/libasr-google.so`: what a library is called unless it is given a name.
        var loadedName: String {
            if let name { return name }
            let file = path.split(separator: "/").last ?? ""
            return String(file.hasPrefix("lib") && file.hasSuffix(".so") ? file.dropFirst(3).dropLast(3) : file)
        }
    }

    struct RouteEntry: Sendable {
        var kind: Kind
        var steps: [Step]
    }

    struct NumberEntry: Sendable {
        var to: String
        var agent: String
    }

    struct CollectionEntry: Sendable {
        var name: String
        var metric: String
        var documents: [String]
    }

    struct Limits: Sendable {
        var calls = 1000
        var drain: Duration = .seconds(300)
    }

    struct Deliveries: Sendable {
        /// What this host is called in events that leave it.
        var host = Files.hostName()
        /// Which events the broker gets; empty: all.
        var topics: [Topic] = []
        /// Whether the warehouse is loaded from the log, by this host; otherwise `patchbay loader` brings it what the
        /// broker has.
        var loadsFromLog = true
    }

    /// Work off the calls.
    struct Jobs: Sendable {
        /// How many run at once, how many may wait, and for how many days they can be looked at afterwards.
        var running = 2
        var queue = 10_000
        var keepDays = 30
        /// How long a host that is not heard of keeps a job.
        var lease: Duration = .seconds(30)
        /// Which kinds follow a call that has ended.
        var afterCall = ["review"]
        /// Which kinds follow a recording that was stored: transcription costs as much recognition as the call did.
        var afterRecording: [String] = []
        /// Which routes review and transcribe.
        var reviewRoute = "llm"
        var transcriptionRoute = "asr"
        /// When the day before is closed, as in 03:30, empty: never; and whose clocks and days these are.
        var dailyAt = ""
        var zone = Zone.utc
    }

    /// Calls to people.
    struct Dialing: Sendable {
        /// The folder of the files that say when people may be called; empty: those that are compiled in.
        var rules = ""
        /// The secret of a CRM that posts which campaign is to start; empty: none may.
        var startSecret = ""
    }

    /// What `patchbay loader` needs besides the plugins and routes.
    struct Loader: Sendable {
        /// The consumer group: loaders of one group share the work.
        var group = "patchbay-warehouse"
        /// Where its figures are served.
        var host = "127.0.0.1"
        /// 0: nowhere.
        var port = 0
    }

    /// What becomes of recordings once they are stored.
    struct Recordings: Sendable {
        /// They are removed after so many days; 0: never.
        var retentionDays = 0
        /// Name of the secret that a blob store says when it posts what it has stored; empty: nobody may post.
        var notificationSecret = ""
    }

    /// Where everything durable is kept.
    struct Engine: Sendable {
        /// `sqlite`, in the state folder, or `postgres`.
        var name = "sqlite"
        var url = ""
        var passwordSecret = ""
    }

    /// Where the state of live calls is kept.
    struct Sessions: Sendable {
        /// Where Redis is, and how the operator wrote it; nil: in memory.
        var address: RedisAddress?
        var url = ""
        var passwordSecret = ""
        var prefix = "pb:default"
        var timeToLive: Duration = .seconds(7200)
    }

    /// Where a plugin's library is: a path as it stands, a bare name in the plugin folder, beside the binary, or in
    /// `../lib/patchbay`.
    func library(_ path: String) -> String {
        guard !path.contains("/") else { return path }
        let binary = Files.binaryFolder()
        let folders = pluginFolder.isEmpty ? [binary, "\(binary)/../lib/patchbay"] : [pluginFolder]
        return folders.map { "\($0)/\(path)" }.first(where: Files.exists) ?? "\(folders[0])/\(path)"
    }
}
