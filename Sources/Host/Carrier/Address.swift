/// A `ws:` or `wss:` address, taken apart.
struct Address: Equatable {
    let isTLS: Bool
    let host: String
    let port: Int
    let path: String

    init(_ url: String) throws(CarrierFailure) {
        isTLS = url.hasPrefix("wss://")
        guard isTLS || url.hasPrefix("ws://") else { throw .instructions("\(url) is no ws: or wss: address") }
        let rest = url.dropFirst(isTLS ? 6 : 5)
        let authority = rest.prefix { $0 != "/" }
        path = rest.count > authority.count ? String(rest.dropFirst(authority.count)) : "/"
        let parts = authority.split(separator: ":")
        guard let name = parts.first, parts.count <= 2 else { throw .instructions("\(url) has no host") }
        host = String(name)
        port = parts.count == 2 ? Int(parts[1]) ?? 0 : isTLS ? 443 : 80
    }
}
