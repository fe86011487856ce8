import Calls
import JSONKit
import Knowledge
import PluginHost
import Routes
import Store

/// The only place where the errors of other layers become errors of the control plane.
extension Failure {
    /// A parameter, or a member of one, is wrong.
    init(_ error: FieldError) { self.init(.invalidParameters, error.description, field: error.path) }

    init(_ error: PluginError) {
        let name: Name =
            switch error {
            case .notFound, .unknownGeneration: .notFound
            case .alreadyLoaded: .alreadyExists
            case .unreadable: .pluginUnreadable
            case .incompatible, .wrongKind: .pluginIncompatible
            case .failedCheck: .pluginFailedCheck
            case .rejectedConfig: .pluginRejectedConfig
            case .inUse: .pluginInUse
            case .stream: .pluginFailed
            }
        self.init(name, error.description)
    }

    init(_ error: StoreError) {
        switch error {
        case .revisionConflict: self.init(.revisionConflict, error.description, field: "if_revision")
        case .notFound: self.init(.notFound, error.description)
        case .refused: self.init(.wrongState, error.description)
        case .queueFull: self.init(.limitExceeded, error.description)
        default: self.init(.storeUnavailable, error.description)
        }
    }

    init(_ error: CallFailure) {
        switch error {
        case .notLive: self.init(.callNotLive, error.description, field: "call_id")
        case .full: self.init(.limitExceeded, error.description)
        case .draining, .invalid: self.init(.wrongState, error.description)
        }
    }

    init(_ error: PlacingFailure) {
        switch error {
        case .unknownAgent: self.init(.notFound, error.description, field: "agent")
        case .repeated: self.init(.alreadyExists, error.description, field: "request_id")
        case .suppressed, .invalid: self.init(.dialRefused, error.description, field: "to")
        case .refused: self.init(.dialRefused, error.description)
        case .congested: self.init(.limitExceeded, error.description)
        case .unknown: self.init(.dialUnknown, error.description)
        case .store(let error): self.init(error)
        }
    }

    init(_ error: RouteFailure) {
        switch error.reason {
        case .unknown: self.init(.notFound, error.description, field: "name")
        case .timedOut: self.init(.timedOut, error.description)
        case .exhausted, .cancelled: self.init(.routeExhausted, error.description)
        }
    }

    init(_ error: KnowledgeError) {
        switch error {
        case .notFound: self.init(.notFound, error.description, field: "name")
        case .alreadyExists: self.init(.alreadyExists, error.description, field: "name")
        case .invalid: self.init(.invalidParameters, error.description)
        case .dimensionMismatch: self.init(.dimensionMismatch, error.description)
        case .embedding: self.init(.routeExhausted, error.description)
        case .storage: self.init(.storeUnavailable, error.description)
        }
    }
}
