/// Pushes again what a session does not keep itself: audio, and items of whose answer something was already delivered.
public protocol ReplaySource: AnyObject {
    /// A new stream is open and lacks this item. Returns false to let the session push again what it kept.
    func replay(_ item: RouteMachine.Unanswered, to session: RouteSession) -> Bool
}
