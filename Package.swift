// swift-tools-version: 6.3
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let cSettings: [CSetting] = [
    .unsafeFlags(["-O2", "-Wall", "-Wextra", "-Werror", "-fvisibility=hidden", "-D_GNU_SOURCE"])
]

/// A layer of the host. It may import only what is listed here; `make` passes the flag that enforces it.
func layer(_ name: String, imports: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: imports, path: "Sources/Host/\(name)", swiftSettings: settings)
}

/// A C library from Debian.
func system(_ name: String, pkgConfig: String? = nil, apt: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

/// Exports the one entry point of a plugin and hides everything else.
let exports: LinkerSetting = .unsafeFlags([
    "-Xlinker", "--version-script=\(Context.packageDirectory)/Plugins/exports.map",
])

/// A plugin written in Swift: Plugins/<kind>-<name>, built as lib<kind>-<name>.so.
func plugin(
    _ name: String,
    imports: [Target.Dependency] = [],
    testdata: Bool = false,
    path: String = "Plugins"
) -> Target {
    .target(
        name: name,
        dependencies: ["PluginKit", "JSONKit", "PluginAPI"] + imports,
        path: "\(path)/\(name)",
        exclude: ["README.md"] + (testdata ? ["testdata"] : []),
        swiftSettings: settings,
        linkerSettings: [exports]
    )
}

/// A plugin written in C.
func cPlugin(
    _ name: String,
    libraries: [String] = [],
    include: [String] = [],
    exclude: [String] = [],
    path: String = "Plugins"
) -> Target {
    .target(
        name: name,
        dependencies: ["PluginAPI"],
        path: "\(path)/\(name)",
        exclude: ["README.md"] + exclude,
        cSettings: cSettings + [.unsafeFlags(include.map { "-I\($0)" })],
        linkerSettings: libraries.map { .linkedLibrary($0) } + [exports]
    )
}

/// Tests/<layer>Tests, in swift-testing.
func suite(_ layer: String, imports: [Target.Dependency] = []) -> Target {
    .testTarget(name: "\(layer)Tests", dependencies: [.init(stringLiteral: layer)] + imports, swiftSettings: settings)
}

/// Compiled in by `#embed`.
let dialingRules = ["numbers", "us", "ca", "gb", "de", "fr", "others"].map { "\($0).json" }

let plugins: [Target] = [
    cPlugin(
        "tts-flite",
        libraries: [
            "flite_cmu_us_slt", "flite_cmu_us_rms", "flite_cmu_us_awb", "flite_cmu_us_kal16", "flite_cmu_us_kal",
            "flite_usenglish", "flite_cmulex", "flite", "m", "speexdsp", "json-c",
        ],
        include: ["/usr/include/flite", "/usr/include/json-c"]
    ),
    cPlugin(
        "asr-pocketsphinx",
        libraries: ["pocketsphinx", "sphinxbase", "flite_cmulex", "flite", "json-c", "m"],
        include: ["/usr/include/pocketsphinx", "/usr/include/json-c", "/usr/include/flite"]
    ),
    cPlugin("tts-recorded", libraries: ["json-c"], include: ["/usr/include/json-c"], exclude: ["phrases"]),
    cPlugin("telephony-twilio", libraries: ["json-c", "crypto"], include: ["/usr/include/json-c"]),
    plugin("intent-examples", imports: ["TextKit"], testdata: true),
    plugin("llm-templates", imports: ["TextKit"]),
    plugin("llm-openai", imports: ["ProviderKit"]),
    plugin("llm-mistral", imports: ["ProviderKit"]),
    plugin("tts-openai", imports: ["ProviderKit"]),
    plugin("tts-elevenlabs", imports: ["ProviderKit"]),
    plugin("tts-deepgram", imports: ["ProviderKit"]),
    plugin("asr-openai", imports: ["ProviderKit"]),
    plugin("asr-deepgram", imports: ["ProviderKit"]),
    plugin("embedder-openai", imports: ["ProviderKit"]),
    plugin("intent-llm", imports: ["ProviderKit"]),
    plugin("llm-anthropic", imports: ["ProviderKit"]),
    plugin("asr-google", imports: ["ProviderKit", "SoundKit"]),
    plugin("tts-google", imports: ["ProviderKit", "SoundKit"]),
    plugin("embedder-hash", imports: ["TextKit"], testdata: true),
    plugin("asr-script", imports: ["ProviderKit", "SoundKit"]),
    plugin("tts-script", imports: ["ProviderKit", "SoundKit"]),
    plugin("crm-file"),
    plugin("crm-webhook", imports: ["ProviderKit", "CCrypto"]),
    plugin("crm-hubspot", imports: ["CRMPluginKit", "ProviderKit"]),
    plugin("crm-salesforce", imports: ["CRMPluginKit", "ProviderKit"]),
    plugin("events-kafka", imports: ["ProviderKit", "CKafka"]),
    plugin("blobs-file", imports: ["CCrypto"]),
    plugin("blobs-s3", imports: ["ProviderKit"]),
    plugin("warehouse-sqlite", imports: ["WarehouseKit", "WarehousePluginKit", "CSQLite"]),
    plugin("warehouse-clickhouse", imports: ["WarehouseKit", "WarehousePluginKit", "ProviderKit", "CZlib"]),
    plugin(
        "warehouse-snowflake",
        imports: ["WarehouseKit", "WarehousePluginKit", "ProviderKit", "CCrypto", "CZlib"]
    ),
]

/// Plugins that exist for tests and benchmarks only.
let testPlugins: [Target] = [
    cPlugin("fake-provider", libraries: ["json-c"], include: ["/usr/include/json-c"], path: "Tests/Plugins"),
    cPlugin("scripted-provider", libraries: ["json-c"], include: ["/usr/include/json-c"], path: "Tests/Plugins"),
    cPlugin("scripted-asr", libraries: ["json-c"], include: ["/usr/include/json-c"], path: "Tests/Plugins"),
    cPlugin("scripted-tts", libraries: ["json-c"], include: ["/usr/include/json-c"], path: "Tests/Plugins"),
    plugin("events-lines", imports: ["ProviderKit"], path: "Tests/Plugins"),
    cPlugin("stub-asr", path: "Tests/Plugins"),
    cPlugin("stub-intent", path: "Tests/Plugins"),
    cPlugin("stub-llm", path: "Tests/Plugins"),
    cPlugin("stub-tts", path: "Tests/Plugins"),
    cPlugin("stub-echo", path: "Tests/Plugins"),
]

let package = Package(
    name: "patchbay",
    products: [
        .executable(name: "patchbay", targets: ["patchbay"]),
        // For plugins that live elsewhere; see examples/plugin-swift.
        .library(name: "PluginKit", type: .static, targets: ["PluginKit", "JSONKit", "PluginAPI"]),
    ]
        + (plugins + testPlugins).map { .library(name: $0.name, type: .dynamic, targets: [$0.name]) },
    targets: [
        // C
        .target(name: "CLinux", cSettings: cSettings),
        system("CJSON", pkgConfig: "json-c", apt: "libjson-c-dev"),
        system("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
        .target(name: "CWebSockets", cSettings: cSettings, linkerSettings: [.linkedLibrary("websockets")]),
        system("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
        system("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
        system("CKafka", pkgConfig: "rdkafka", apt: "librdkafka-dev"),
        system("CPostgres", pkgConfig: "libpq", apt: "libpq-dev"),
        // No pkg-config: hiredis' flags are refused.
        system("CHiredis", apt: "libhiredis-dev"),
        system("CSpeexDSP", pkgConfig: "speexdsp", apt: "libspeexdsp-dev"),
        system("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
        .target(name: "CHNSW", cSettings: cSettings, linkerSettings: [.linkedLibrary("m")]),
        .target(name: "PluginAPI"),
        .target(name: "CRPCSchema", path: "rpc-schema", exclude: ["openrpc.json", "README.md"]),
        .target(
            name: "CDialingRules",
            path: "dialing-rules",
            exclude: dialingRules + ["README.md"],
            cSettings: cSettings
        ),

        // Shared by the host and Swift plugins
        .target(name: "JSONKit", dependencies: ["CJSON"], swiftSettings: settings),
        .target(name: "PluginKit", dependencies: ["PluginAPI", "JSONKit"], swiftSettings: settings),

        // Endpoints, requests, streamed answers and errors, for the plugins that reach a provider over the network.
        .target(
            name: "ProviderKit",
            dependencies: ["PluginKit", "PluginAPI", "JSONKit", "SoundKit", "CCrypto"],
            swiftSettings: settings
        ),

        // How sound is written in bytes: G.711 and WAV.
        .target(name: "SoundKit", swiftSettings: settings),

        // A warehouse's tables, the rows of an event and the ready-made questions; for the host and for plugins.
        .target(name: "WarehouseKit", dependencies: ["JSONKit"], swiftSettings: settings),
        // What warehouse plugins share beyond that.
        .target(
            name: "WarehousePluginKit",
            dependencies: ["WarehouseKit", "ProviderKit", "PluginKit", "PluginAPI", "JSONKit"],
            swiftSettings: settings
        ),

        // Records for CRMs that have an API of their own.
        .target(
            name: "CRMPluginKit",
            dependencies: ["ProviderKit", "PluginKit", "JSONKit"],
            swiftSettings: settings
        ),

        // Words and stems, for the plugins that compare texts.
        .target(name: "TextKit", swiftSettings: settings),

        // Host side, bottom to top
        layer("Core", imports: ["JSONKit", "CLinux", "CCrypto"]),
        layer("Media", imports: ["Core", "SoundKit", "CSpeexDSP", "CLinux"]),
        layer("IO", imports: ["Core", "CLinux", "CCurl", "CWebSockets"]),
        layer("Store", imports: ["Core", "JSONKit", "CSQLite", "CPostgres", "CHiredis", "CLinux"]),
        layer("PluginHost", imports: ["Core", "JSONKit", "CLinux", "IO", "PluginAPI"]),
        layer("Routes", imports: ["Core", "JSONKit", "PluginHost"]),
        layer("Knowledge", imports: ["Core", "JSONKit", "Routes", "Store", "CHNSW"]),
        layer("Calls", imports: ["Core", "JSONKit", "Media", "Routes", "Knowledge", "Store", "PluginHost"]),
        // Durable work off the calls: reviews, transcriptions, scores, the day's sums.
        layer("Jobs", imports: ["Core", "JSONKit", "Media", "Store", "Routes", "PluginHost"]),
        // Whom to call, when, and what became of it.
        layer("Campaigns", imports: ["Core", "JSONKit", "Store", "Routes", "PluginHost", "CDialingRules"]),
        layer("Gateway", imports: ["Core", "JSONKit", "IO", "Store", "Routes", "Calls", "PluginHost"]),
        // rpc-schema/openrpc.json, read once for the server and for the command line.
        layer("RPCSchema", imports: ["JSONKit", "CRPCSchema"]),
        layer(
            "Control",
            imports: [
                "Core", "JSONKit", "IO", "PluginHost", "Routes", "Store", "Knowledge", "Calls", "RPCSchema", "CLinux",
                "PluginAPI", "WarehouseKit", "Jobs", "Campaigns",
            ]
        ),
        // The command line: a client of the control socket, made from the schema.
        layer("Console", imports: ["Core", "JSONKit", "RPCSchema", "CLinux"]),
        // Scripted conversations with an agent, in virtual time: `patchbay agent test`.
        layer(
            "Trials",
            imports: [
                "Core", "JSONKit", "IO", "Media", "SoundKit", "PluginHost", "Routes", "Knowledge", "Calls",
            ]
        ),
        // A carrier to practise on: places calls over the carrier's real protocol. Shares no code with the plugins.
        layer("Carrier", imports: ["Core", "JSONKit", "Media", "SoundKit", "IO", "CCrypto"]),
        // A campaign's days in virtual time: `patchbay campaign simulate`.
        layer("Simulation", imports: ["Core", "JSONKit", "Store", "Campaigns", "Carrier"]),
        .executableTarget(
            name: "patchbay",
            dependencies: [
                "Core", "CLinux", "JSONKit", "IO", "PluginHost", "Routes", "Store", "Media", "Knowledge", "Calls",
                "Gateway", "Control", "Console", "Carrier", "Trials", "WarehouseKit", "Jobs", "Campaigns", "Simulation",
            ],
            path: "Sources/Host/Main",
            swiftSettings: settings
        ),

        // What one frame of audio costs, part by part; see bench/frame/run.
        .executableTarget(
            name: "bench-frame",
            dependencies: ["Core", "JSONKit", "IO", "Media", "SoundKit", "PluginHost"],
            path: "bench/frame/parts",
            swiftSettings: settings
        ),

        // Conversations over the real sockets, judged from outside; see bench/failover and bench/breaker.
        .executableTarget(
            name: "bench-judge",
            dependencies: ["Core", "JSONKit", "IO", "Carrier", "Console", "CodedSpeech", "SoundKit", "Voices"],
            path: "bench/judge",
            swiftSettings: settings
        ),
        // Facts through the log while the host is killed; see bench/outbox/run.
        .executableTarget(
            name: "bench-outbox",
            dependencies: ["JSONKit", "IO", "Console", "Services", "Staging", "CSQLite"],
            path: "bench/outbox",
            exclude: ["run"],
            swiftSettings: settings
        ),
        // The log alone; see bench/log/run.
        .executableTarget(
            name: "bench-log",
            dependencies: ["Core", "JSONKit", "Store", "Services"],
            path: "bench/log",
            exclude: ["run"],
            swiftSettings: settings
        ),
        // Leads given out, a second; see bench/claims/run.
        .executableTarget(
            name: "bench-claims",
            dependencies: ["Core", "JSONKit", "Store", "Services"],
            path: "bench/claims",
            exclude: ["run"],
            swiftSettings: settings
        ),
        // A campaign while its hosts are killed; see bench/dialer/run.
        .executableTarget(
            name: "bench-dialer",
            dependencies: ["Core", "JSONKit", "Store", "Campaigns", "Console", "Services"],
            path: "bench/dialer",
            exclude: ["run"],
            swiftSettings: settings
        ),
        // Each service fails under live calls; see bench/outages/run.
        .executableTarget(
            name: "bench-outages",
            dependencies: ["JSONKit", "IO", "Console", "Services", "Staging"],
            path: "bench/outages",
            exclude: ["run"],
            swiftSettings: settings
        ),
        // What those two have in common: a host as a process, a CRM, a reader of the broker.
        .target(
            name: "Staging",
            dependencies: ["JSONKit", "Console", "CKafka"],
            path: "bench/staging",
            swiftSettings: settings
        ),
        // Callers' voices for benchmarks.
        .target(
            name: "Voices",
            dependencies: ["Core", "JSONKit", "IO", "PluginHost"],
            path: "bench/voices",
            swiftSettings: settings
        ),
        // Detectors of speech, compared; see bench/voice_activity/run.
        .executableTarget(
            name: "bench-voice-activity",
            dependencies: ["Core", "JSONKit", "Media", "SoundKit", "CSpeexDSP", "Voices"],
            path: "bench/voice_activity",
            exclude: ["run"],
            swiftSettings: settings
        ),
        // Speech that can be counted word by word.
        .target(name: "CodedSpeech", path: "Tests/CodedSpeech", swiftSettings: settings),

        suite("JSONKit"),
        suite("Core", imports: ["JSONKit"]),
        suite("TextKit"),
        suite("SoundKit"),
        suite("WarehouseKit", imports: ["JSONKit"]),
        suite("ProviderKit", imports: ["PluginKit", "PluginAPI", "JSONKit"]),
        suite("Media", imports: ["Core", "SoundKit"]),
        suite("IO", imports: ["Core"]),
        suite("Store", imports: ["Core", "JSONKit", "Services", "store-child"]),
        // Something to kill while it writes.
        .executableTarget(
            name: "store-child",
            dependencies: ["Core", "JSONKit", "Store"],
            path: "Tests/Programs/store-child",
            swiftSettings: settings
        ),
        // A Kafka to talk to: librdkafka's mock cluster as a program.
        .executableTarget(
            name: "kafka-mock",
            path: "Tests/Programs/kafka-mock",
            cSettings: cSettings,
            linkerSettings: [.linkedLibrary("rdkafka")]
        ),
        suite("PluginHost", imports: ["Core", "JSONKit", "IO", "PluginAPI", "patchbay"]),
        // Real servers that tests start, one class each.
        .target(name: "Services", dependencies: ["CLinux"], path: "Tests/Services", swiftSettings: settings),
        // The plugins as they are built, loaded through the host.
        .testTarget(
            name: "PluginTests",
            dependencies: [
                "Media", "SoundKit", "Core", "JSONKit", "IO", "PluginHost", "PluginAPI", "CCrypto", "WarehouseKit",
                "CSQLite", "CZlib", "Services", "kafka-mock", "Carrier",
            ],
            swiftSettings: settings
        ),
        // The whole host: scenarios over the real sockets.
        .testTarget(
            name: "ScenarioTests",
            dependencies: [
                "Core", "JSONKit", "IO", "Media", "SoundKit", "CCrypto", "Carrier", "Console", "Calls", "PluginHost",
                "Routes", "Services",
                "CSQLite", "Store", "Campaigns", "patchbay",
            ],
            swiftSettings: settings
        ),
        suite("Routes", imports: ["Core", "JSONKit", "IO", "PluginHost"]),
        suite("Knowledge", imports: ["Core", "JSONKit", "CHNSW", "Store", "Routes"]),
        suite(
            "Calls",
            imports: ["Core", "JSONKit", "IO", "Media", "Routes", "Store", "Knowledge", "PluginHost", "CodedSpeech"]
        ),
        suite(
            "Jobs",
            imports: ["Core", "JSONKit", "Store", "Routes", "PluginHost", "IO", "Services", "Media", "SoundKit"]
        ),
        suite("Campaigns", imports: ["Core", "JSONKit", "Store", "Services", "Routes", "Carrier"]),
        suite("Gateway", imports: ["Core", "JSONKit", "IO", "Store", "Calls", "Carrier", "PluginHost", "Routes"]),
        suite(
            "Trials",
            imports: ["Core", "JSONKit", "Routes"]
        ),
        suite("Simulation", imports: ["Core", "JSONKit", "Campaigns", "Carrier", "Store"]),
        suite("Carrier", imports: ["Core", "JSONKit", "IO", "Media"]),
        suite(
            "Control",
            imports: [
                "Core", "JSONKit", "IO", "Console", "RPCSchema", "Store", "PluginHost", "Routes", "Calls", "Knowledge",
                "CLinux", "patchbay", "WarehouseKit", "Jobs", "Campaigns",
            ]
        ),
    ] + plugins + testPlugins,
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c2x
)
