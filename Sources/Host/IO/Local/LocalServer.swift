import CLinux
import Core
import Glibc

/// Listens on a Unix socket of mode 0600 and serves lines, on one `PollLoop`.
///
/// Unchecked: what changes is touched on the loop only.
public final class LocalServer: @unchecked Sendable {
    /// What a peer is allowed.
    public struct Limits: Sendable {
        /// Above it further connections are closed at once.
        public var connections = 16384
        public var lineBytes = 1 << 20
        /// Half lines of all connections together.
        public var keptBytes = 1 << 26
        /// Waiting to be read by the peer; from the half on no more requests of that peer are read.
        public var queuedBytes = 1 << 22
        /// Answers owed to one connection; at the bound no more is read.
        public var owedAnswers = 64

        public init() {}
    }

    public let path: String
    public let limits: Limits
    let loop: PollLoop
    let handler: any LocalHandler
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    var keptBytes = 0
    private let listener: Int32
    private let lock: Int32
    /// Held back so that a process out of descriptors can still turn a peer away.
    private var spare: Int32
    private var isListening = true
    private var connections: [Int32: LocalConnection] = [:]
    private var dirty: [LocalConnection] = []
    private let log = Log("local-server")

    /// Listens; connections are served once `start` was called. A socket that a dead process left is replaced; one that a
    /// live process serves is not.
    public init(
        path: String,
        loop: PollLoop,
        limits: Limits = Limits(),
        handler: any LocalHandler
    ) throws(IOFailure) {
        (self.path, self.loop, self.limits, self.handler) = (path, loop, limits, handler)
        let lock = open("\(path).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw .cannotListen(path, reason: IOFailure.systemReason) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno == EWOULDBLOCK ? "another process serves this socket" : IOFailure.systemReason
            close(lock)
            throw .cannotListen(path, reason: reason)
        }
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK { unlink(path) }
        let listener = clinux_listen_unix(path, 4096)
        guard listener >= 0 else {
            let reason = IOFailure.systemReason
            close(lock)
            throw .cannotListen(path, reason: reason)
        }
        (self.lock, self.listener) = (lock, listener)
        spare = open("/dev/null", O_RDONLY | O_CLOEXEC)
    }

    deinit {
        buffer.deallocate()
        close(spare)
        if isListening {
            close(listener)
            close(lock)
        }
    }

    /// Serves from now on.
    public func start() {
        loop.perform {
            self.loop.atEndOfTurn { [weak self] in self?.flushDirty() }
            self.loop.watch(self.listener, for: EPOLLIN.rawValue) { [unowned self] _ in self.acceptSome() }
        }
    }

    /// Removes the socket and accepts no more; connections that live go on.
    public func stopListening() { loop.perform { self.shut() } }

    /// Closes everything; `completion` runs on the loop.
    public func stop(_ completion: @escaping @Sendable () -> Void = {}) {
        loop.perform {
            self.shut()
            for connection in self.connections.values { connection.finish() }
            completion()
        }
    }

    // MARK: On the loop

    private func shut() {
        guard isListening else { return }
        isListening = false
        loop.unwatch(listener)
        unlink(path)
        close(listener)
        close(lock)
    }

    /// Accepts what waits, up to a bound so that a storm of connections does not keep the others waiting.
    private func acceptSome() {
        for _ in 0..<64 {
            let descriptor = clinux_accept(listener)
            if descriptor >= 0 {
                admit(descriptor)
            } else if errno == EMFILE || errno == ENFILE {
                turnAway()
            } else if errno != EINTR, errno != ECONNABORTED {
                return
            }
        }
    }

    private func admit(_ descriptor: Int32) {
        guard connections.count < limits.connections, let peer = Peer(of: descriptor) else {
            close(descriptor)
            return
        }
        let connection = LocalConnection(descriptor, peer: peer, server: self)
        connections[descriptor] = connection
        loop.watch(descriptor, for: EPOLLIN.rawValue) { connection.ready($0) }
        handler.opened(connection)
    }

    private func turnAway() {
        close(spare)
        let descriptor = clinux_accept(listener)
        if descriptor >= 0 { close(descriptor) }
        spare = open("/dev/null", O_RDONLY | O_CLOEXEC)
        log.warning("out of descriptors: a connection was turned away")
    }

    func remove(_ connection: LocalConnection) {
        loop.unwatch(connection.descriptor)
        connections[connection.descriptor] = nil
    }

    func markDirty(_ connection: LocalConnection) { dirty.append(connection) }

    private func flushDirty() {
        while !dirty.isEmpty {
            var batch: [LocalConnection] = []
            swap(&batch, &dirty)
            for connection in batch { connection.flushNow() }
        }
    }

    /// A peer that does not read cannot hold a connection that closes.
    func closeLater(_ connection: LocalConnection) {
        loop.schedule(after: .seconds(5)) { [weak connection] in connection?.finish() }
    }
}
