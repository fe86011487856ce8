import Glibc

/// Ports of this machine.
public enum LoopbackPort {
    /// A port that nobody listens on at this moment; 0 when there is none.
    public static func unused() -> Int {
        let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(probe) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                guard bind(probe, $0, length) == 0, getsockname(probe, $0, &length) == 0 else { return }
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
    }
}
