// swift-tools-version: 6.3
import PackageDescription

// swift build                 builds .build/debug/libllm-shout.so
let package = Package(
    name: "llm-shout",
    products: [.library(name: "llm-shout", type: .dynamic, targets: ["Shout"])],
    // Elsewhere: the path of your checkout of Patchbay.
    dependencies: [.package(name: "patchbay", path: "../..")],
    targets: [
        .target(
            name: "Shout",
            dependencies: [.product(name: "PluginKit", package: "patchbay")],
            path: ".",
            exclude: ["README.md", "exports.map"],
            sources: ["Shout.swift"],
            // One exported symbol: the rest is nobody's business.
            linkerSettings: [
                .unsafeFlags(["-Xlinker", "--version-script=\(Context.packageDirectory)/exports.map"])
            ]
        )
    ]
)
