/// Where the call goes once what was said has been heard.
enum Leaving: Equatable {
    case transfer(to: String)
    case handover(agent: String)
}
