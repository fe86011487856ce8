public import PluginHost

/// Gets what a route answers. Always called on the session's loop, also from inside a push.
public protocol RouteReceiver: AnyObject {
    /// A piece of an answer, or the end of an item. Frames of items that were cancelled do not come.
    func received(_ frame: borrowing Frame, from session: RouteSession)

    /// The route goes on with another plugin; items without a complete answer are pushed to it again.
    func fellBack(from: String, to: String, because: PluginFailure, session: RouteSession)

    /// No plugin of the route answered these items. The next item begins at the first plugin again.
    func exhausted(_ failure: RouteFailure, items: [UInt64], from session: RouteSession)
}
