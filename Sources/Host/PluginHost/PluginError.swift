import Core

/// Why a plugin could not be loaded, exchanged or opened. What ran before goes on running.
public enum PluginError: Error, Equatable, Sendable, CustomStringConvertible {
    /// No plugin of this name is loaded.
    case notFound(String)
    case alreadyLoaded(String)
    /// The file cannot be read, or is no library for this machine.
    case unreadable(path: String, reason: String)
    /// A library, but not of this ABI, or not a plugin.
    case incompatible(path: String, reason: String)
    /// The plugin, or its schema, refused the configuration.
    case rejectedConfig(String)
    /// Asked to be something it is not.
    case wrongKind(name: String, reason: String)
    case unknownGeneration(name: String, generation: Int)
    case inUse(name: String, streams: Int)
    /// The contract's check said no.
    case failedCheck(String)
    /// A stream could not be opened or fed.
    case stream(PluginFailure)

    public var description: String {
        switch self {
        case .notFound(let name): "no plugin is called \(name); `patchbay plugin list` shows those loaded"
        case .alreadyLoaded(let name): "\(name) is loaded already; use plugin.swap to exchange it"
        case .unreadable(let path, let reason): "\(path): \(reason)"
        case .incompatible(let path, let reason): "\(path): \(reason)"
        case .rejectedConfig(let reason): "configuration refused: \(reason)"
        case .wrongKind(let name, let reason): "\(name): \(reason)"
        case .unknownGeneration(let name, let generation): "\(name) has no generation \(generation)"
        case .inUse(let name, let streams): "\(name) has \(streams) open streams; give drain_s to end them"
        case .failedCheck(let reason): "the contract's check failed: \(reason)"
        case .stream(let failure): failure.description
        }
    }
}
