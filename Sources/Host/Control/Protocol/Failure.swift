/// Why a request is not answered with a result.
struct Failure: Error, Equatable {
    /// The sort of failure: JSON-RPC's own, or one of the document's by name.
    enum Sort: Equatable {
        case parseError, invalidRequest, methodNotFound, invalidParameters, internalError
        case named(Name)
    }

    /// The errors of the document; a test compares both.
    enum Name: String, CaseIterable {
        case notFound = "not_found"
        case alreadyExists = "already_exists"
        case wrongState = "wrong_state"
        case revisionConflict = "revision_conflict"
        case limitExceeded = "limit_exceeded"
        case timedOut = "timed_out"
        case forbidden
        case pluginUnreadable = "plugin_unreadable"
        case pluginIncompatible = "plugin_incompatible"
        case pluginRejectedConfig = "plugin_rejected_config"
        case pluginFailedCheck = "plugin_failed_check"
        case pluginInUse = "plugin_in_use"
        case pluginFailed = "plugin_failed"
        case routeExhausted = "route_exhausted"
        case callNotLive = "call_not_live"
        case dialRefused = "dial_refused"
        case dialUnknown = "dial_unknown"
        case dimensionMismatch = "dimension_mismatch"
        case storeUnavailable = "store_unavailable"
    }

    let sort: Sort
    /// For people: what is wrong and what would be right.
    let message: String
    /// The member of the parameters that it is about.
    let field: String?

    init(_ sort: Sort, _ message: String, field: String? = nil) {
        (self.sort, self.message, self.field) = (sort, message, field)
    }

    init(_ name: Name, _ message: String, field: String? = nil) {
        self.init(.named(name), message, field: field)
    }
}
