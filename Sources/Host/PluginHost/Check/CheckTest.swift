/// The tests that run code of the plugin, each in a process of its own. The raw values are what people read.
enum CheckTest: String, CaseIterable {
    case loads = "loads, and starts nothing"
    case configuration = "takes the configuration, and wrong ones without harm"
    case interfaces = "answers its kind's interface, and unknown ones with nothing"
    case items = "answers an item, once"
    case cancelling = "cancels at once, and goes on"
    case closing = "closes at any moment, and is silent"
    case copies = "lives beside its own copies"
    case speed = "leaves the loop quickly"
    case nonsense = "survives nonsense"
    case leaving = "leaves nothing behind when it is destroyed"

    /// Without it nothing else can be tried.
    var isCondition: Bool { self == .loads || self == .configuration }

    /// How long it may take.
    var seconds: Int64 {
        switch self {
        case .items, .cancelling, .copies, .closing: 20
        default: 10
        }
    }
}
