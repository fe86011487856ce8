import CLinux
import Core
import Glibc

/// One connection to a `LocalServer`. Confined to the server's loop; after `closed` every call is without effect.
public final class LocalConnection {
    /// Who is there.
    public let peer: Peer
    /// The loop it lives on.
    public var loop: PollLoop { server.loop }
    /// Whatever the handler keeps for this connection.
    public var attachment: AnyObject?
    /// Answers that are owed; see `owe`.
    public private(set) var owed = 0
    public private(set) var isOpen = true

    let descriptor: Int32
    private unowned let server: LocalServer
    private var framing: LineFraming
    private var output: [UInt8] = []
    private var sent = 0
    private var interest = EPOLLIN.rawValue
    /// Whole lines may be held back.
    private var isPaused = false
    private var hasEnded = false
    private var isClosing = false
    private var isInDelivery = false
    var isDirty = false

    init(_ descriptor: Int32, peer: Peer, server: LocalServer) {
        (self.descriptor, self.peer, self.server) = (descriptor, peer, server)
        framing = LineFraming(limit: server.limits.lineBytes)
    }

    // MARK: For the handler

    /// Bytes that wait for the peer to read.
    public var queuedBytes: Int { output.count - sent }

    /// Queues bytes, copied; what is sent during one turn of the loop leaves in one write. False at the bound: the peer
    /// does not read, and the handler may close.
    @discardableResult
    public func send(_ bytes: UnsafeRawBufferPointer) -> Bool {
        send { $0.append(contentsOf: bytes) }
    }

    /// The same, written in place: `write` appends to the bytes that wait.
    @discardableResult
    public func send(_ write: (inout [UInt8]) -> Void) -> Bool {
        guard isOpen, !isClosing, queuedBytes < server.limits.queuedBytes else { return false }
        write(&output)
        markDirty()
        return true
    }

    /// Says that an answer will follow later. While many are owed nothing more is read, and a peer that has ended its side
    /// is kept until it has its answers.
    public func owe() { owed += 1 }

    /// Says that an answer has been sent.
    public func settle() {
        owed -= 1
        if isOpen { markDirty() }
    }

    /// Sends what is queued, then closes.
    public func close() {
        guard isOpen, !isClosing else { return }
        isClosing = true
        server.closeLater(self)
        markDirty()
    }

    // MARK: For the server

    /// The descriptor is ready.
    func ready(_ events: UInt32) {
        if events & EPOLLOUT.rawValue != 0 { flushNow() }
        guard isOpen else { return }
        if events & EPOLLIN.rawValue != 0, !isPaused, !hasEnded, !isClosing {
            readOnce()
        } else if events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 {
            // Nobody is there any more to read an answer.
            finish()
        }
    }

    private func readOnce() {
        let count = read(descriptor, server.buffer.baseAddress, server.buffer.count)
        if count > 0 {
            let bytes = UnsafeRawBufferPointer(start: server.buffer.baseAddress, count: count)
            pump(cut { $0.feed(bytes, $1) })
        } else if count == 0 {
            hasEnded = true
            settleDown()
        } else if errno != EAGAIN, errno != EINTR {
            finish()
        }
    }

    /// Lets the framing deliver lines, and keeps account of what it keeps.
    private func cut(
        _ body: (inout LineFraming, (UnsafeRawBufferPointer) -> Bool) -> LineFraming.Outcome
    ) -> LineFraming.Outcome {
        var framing = framing.taken()
        let before = framing.count
        isInDelivery = true
        let outcome = body(&framing) { line in
            server.handler.received(line, on: self)
            return mayRead
        }
        isInDelivery = false
        server.keptBytes += framing.count - before
        self.framing = framing
        return outcome
    }

    private var mayRead: Bool {
        isOpen && !isClosing && owed < server.limits.owedAnswers && queuedBytes < server.limits.queuedBytes / 2
    }

    /// Goes on with lines that were held back, as far as that goes. Answers leave at the end of the turn, all connections'
    /// together: the peers are woken once, not between any two requests.
    private func pump(_ first: LineFraming.Outcome) {
        var outcome = first
        while outcome == .paused {
            flush()
            guard mayRead else { break }
            outcome = cut { $0.resume($1) }
        }
        isPaused = outcome == .paused
        guard isOpen else { return }
        if outcome == .overrun {
            server.handler.overran(self, limit: framing.limit)
            close()
        } else if server.keptBytes > server.limits.keptBytes, framing.count > 0 {
            close()
        }
        if queuedBytes > 0 { markDirty() } else { settleDown() }
    }

    /// Goes on where a pause is over.
    private func proceed() {
        if isPaused, mayRead { pump(.paused) } else { settleDown() }
    }

    /// Decides what to wait for now, or that it is over.
    private func settleDown() {
        guard isOpen else { return }
        let isDone = isClosing || (hasEnded && owed == 0 && !isPaused)
        if isDone, queuedBytes == 0 { return finish() }
        let reads = mayRead && !isPaused && !hasEnded ? EPOLLIN.rawValue : 0
        let wanted = reads | (queuedBytes > 0 ? EPOLLOUT.rawValue : 0)
        guard wanted != interest else { return }
        interest = wanted
        server.loop.rewatch(descriptor, for: wanted)
    }

    private func markDirty() {
        guard !isDirty, !isInDelivery else { return }
        isDirty = true
        server.markDirty(self)
    }

    /// Sends what was queued outside of reading.
    func flushNow() {
        isDirty = false
        flush()
        proceed()
    }

    /// Writes what the kernel takes.
    private func flush() {
        guard isOpen else { return }
        while queuedBytes > 0 {
            let count = output.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress.map { $0 + sent }, queuedBytes, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
            } else if errno == EAGAIN {
                break
            } else if errno != EINTR {
                return finish()
            }
        }
        if queuedBytes == 0 {
            output.removeAll(keepingCapacity: output.capacity <= 16384)
            sent = 0
        } else if sent > 1 << 16 {
            output.removeFirst(sent)
            sent = 0
        }
    }

    /// The end.
    func finish() {
        guard isOpen else { return }
        isOpen = false
        server.keptBytes -= framing.count
        server.remove(self)
        Glibc.close(descriptor)
        server.handler.closed(self)
    }
}
