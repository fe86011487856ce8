import CHiredis
import CLinux
import Core
import Glibc
import JSONKit

/// One connection to Redis over hiredis' asynchronous interface, on a thread of its own; comes back by itself.
///
/// Commands are offered from any thread and completed on the link's thread. Those that are offered while Redis is away fail
/// at once: whoever needs them keeps what it wants to write. Each has a deadline; a command that misses it takes the
/// connection with it, because nothing behind it would be answered either.
///
/// Unchecked: everything but the mutex's state is touched on the thread only.
final class RedisLink: @unchecked Sendable {
    typealias Completion = @Sendable (Result<RedisReply, RedisProblem>) -> Void

    struct Settings: Sendable {
        var address: RedisAddress
        /// Read anew for each connection, so that a changed password needs no restart.
        var password: @Sendable () -> String?
        var name: String
        var connectTime: Duration = .milliseconds(500)
        var commandTime: Duration = .seconds(2)
    }

    private struct Command {
        let words: [String]
        let deadline: Moment
        let completion: Completion
    }

    /// hiredis' privdata for one command.
    private final class Pending {
        let deadline: Moment
        var completion: Completion?
        init(_ deadline: Moment, _ completion: @escaping Completion) {
            (self.deadline, self.completion) = (deadline, completion)
        }
    }

    private enum State: Equatable { case away, connecting(until: Moment), introducing, ready }

    private let settings: Settings
    private var onTurn: @Sendable (RedisLink) -> Void = { _ in }
    private let tick: Duration
    private let wake: Int32
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var offered: [Command] = []
    private var isStopped = false
    private var hasEnded = false
    private var problemText = "not connected yet"
    private var isUp = false

    private var context: UnsafeMutablePointer<redisAsyncContext>?
    private var state = State.away
    private var pending: [Pending] = []
    private var wantsRead = false
    private var wantsWrite = false
    private var nextTry = Moment.now()
    private var failures = 0
    private var lastTurn = Moment.now()

    private let up = Metrics.shared.gauge("patchbay_sessions_redis_up", help: "Whether Redis can be used.")
    private let connections = Metrics.shared.counter(
        "patchbay_sessions_redis_connections_total",
        help: "Connections made to Redis."
    )
    /// Commands that may wait for the thread; more fail at once.
    private static let bound = 10_000

    init(_ settings: Settings, every tick: Duration) {
        (self.settings, self.tick) = (settings, tick)
        wake = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        pthread_mutex_init(mutex, nil)
    }

    /// Connects. `onTurn` is called on the thread while Redis can be used: about every `tick`, when it has just come back,
    /// and after `ring`.
    func start(_ onTurn: @escaping @Sendable (RedisLink) -> Void) {
        self.onTurn = onTurn
        var thread = pthread_t()
        pthread_create(
            &thread,
            nil,
            { context in
                if let context { Unmanaged<RedisLink>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            },
            Unmanaged.passRetained(self).toOpaque()
        )
        pthread_detach(thread)
    }

    /// Sends what was offered and ends within about a second.
    func stop() {
        withLock { isStopped = true }
        ring()
        for _ in 0..<200 where !withLock({ hasEnded }) { usleep(10_000) }
    }

    /// What is wrong; nil while Redis can be used. Any thread.
    var problem: String? { withLock { isUp ? nil : problemText } }

    /// Offers a command. Any thread.
    func send(_ words: [String], within limit: Duration? = nil, _ completion: @escaping Completion) {
        let command = Command(
            words: words,
            deadline: .now() + (limit ?? settings.commandTime),
            completion: completion
        )
        let refusal: RedisProblem? = withLock {
            guard isUp, !hasEnded else { return .away(problemText) }
            guard offered.count < Self.bound else { return .away("\(Self.bound) commands wait already") }
            offered.append(command)
            return nil
        }
        if let refusal { completion(.failure(refusal)) } else { ring() }
    }

    func send(_ words: [String], within limit: Duration? = nil) async throws(RedisProblem) -> RedisReply {
        let result = await withCheckedContinuation { continuation in
            send(words, within: limit) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Lets `onTurn` run soon. Any thread.
    func ring() {
        var one: UInt64 = 1
        _ = write(wake, &one, 8)
    }

    private func withLock<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }

    // MARK: The thread

    private func run() {
        clinux_name_thread("redis")
        while true {
            let isStopping = withLock { isStopped }
            if state == .away, Moment.now() >= nextTry, !isStopping { connect() }
            if state == .ready {
                onTurn(self)
                flush()
            }
            if isStopping, pending.isEmpty || state != .ready { break }
            wait()
            expire()
        }
        close("the host stops", again: false)
        withLock { hasEnded = true }
        Glibc.close(wake)
    }

    private func flush() {
        let commands = withLock {
            defer { offered = [] }
            return offered
        }
        for command in commands { push(command.words, command.deadline, command.completion) }
    }

    private func wait() {
        var files = [pollfd(fd: wake, events: Int16(POLLIN), revents: 0)]
        if let context {
            let events = (wantsRead ? POLLIN : 0) | (wantsWrite ? POLLOUT : 0)
            files.append(pollfd(fd: context.pointee.c.fd, events: Int16(events), revents: 0))
        }
        let until = state == .away ? max(nextTry, .now()) : lastTurn + tick
        let milliseconds = max(1, min((until - .now()).wholeMilliseconds, tick.wholeMilliseconds))
        _ = poll(&files, nfds_t(files.count), Int32(milliseconds))
        lastTurn = .now()
        if files[0].revents != 0 {
            var count: UInt64 = 0
            _ = read(wake, &count, 8)
        }
        guard files.count > 1, let context else { return }
        let happened = Int32(files[1].revents)
        if happened & (POLLOUT | POLLERR | POLLHUP) != 0 { redisAsyncHandleWrite(context) }
        // Handling one may have ended the connection.
        if happened & (POLLIN | POLLERR | POLLHUP) != 0, let context = self.context { redisAsyncHandleRead(context) }
    }

    private func expire() {
        let now = Moment.now()
        if case .connecting(let until) = state, now >= until { close(Self.unusable("no connection within its time")) }
        if let first = pending.first, first.deadline <= now { close(Self.unusable("it did not answer in time")) }
    }

    // MARK: Connecting

    private func connect() {
        let context =
            switch settings.address.place {
            case .host(let host, let port): redisAsyncConnect(host, Int32(port))
            case .socket(let path): redisAsyncConnectUnix(path)
            }
        guard let context else { return retry("out of memory") }
        guard context.pointee.err == 0 else {
            let reason = String(cString: context.pointee.errstr)
            redisAsyncFree(context)
            return retry(Self.unusable(reason))
        }
        self.context = context
        state = .connecting(until: .now() + settings.connectTime)
        attach(context)
    }

    private func attach(_ context: UnsafeMutablePointer<redisAsyncContext>) {
        let own = Unmanaged.passUnretained(self).toOpaque()
        context.pointee.data = own
        context.pointee.ev.data = own
        context.pointee.ev.addRead = { RedisLink.with($0) { $0.wantsRead = true } }
        context.pointee.ev.delRead = { RedisLink.with($0) { $0.wantsRead = false } }
        context.pointee.ev.addWrite = { RedisLink.with($0) { $0.wantsWrite = true } }
        context.pointee.ev.delWrite = { RedisLink.with($0) { $0.wantsWrite = false } }
        context.pointee.ev.cleanup = { pointer in
            RedisLink.with(pointer) { ($0.wantsRead, $0.wantsWrite) = (false, false) }
        }
        redisAsyncSetConnectCallback(context) { context, status in
            guard let context else { return }
            RedisLink.with(context.pointee.data) { if status == REDIS_OK { $0.introduce() } else { $0.lost(context) } }
        }
        redisAsyncSetDisconnectCallback(context) { context, _ in
            guard let context else { return }
            RedisLink.with(context.pointee.data) { $0.lost(context) }
        }
    }

    /// hiredis' hooks know the link by a pointer. The context lives no longer than the link, which its own thread keeps.
    private static func with(_ pointer: UnsafeMutableRawPointer?, _ body: (RedisLink) -> Void) {
        if let pointer { body(Unmanaged<RedisLink>.fromOpaque(pointer).takeUnretainedValue()) }
    }

    /// hiredis frees the context when the callback returns.
    private func lost(_ context: UnsafePointer<redisAsyncContext>) {
        self.context = nil
        let reason = context.pointee.errstr.map { String(cString: $0) } ?? ""
        retry(Self.unusable(reason.isEmpty ? "the connection was closed" : reason))
    }

    /// Password, database, name; then it can be used.
    private func introduce() {
        state = .introducing
        var greetings: [[String]] = []
        if let password = settings.password() { greetings.append(["AUTH", password]) }
        greetings.append(["SELECT", "\(settings.address.database)"])
        greetings.append(["CLIENT", "SETNAME", settings.name])
        greetings.append(["PING"])
        let deadline = Moment.now() + settings.commandTime
        for (index, words) in greetings.enumerated() {
            let isLast = index == greetings.count - 1
            push(words, deadline) { [unowned self] result in
                switch result {
                case .failure(.refused(let text)):
                    if state == .introducing { close(RedisProblem.refused(text).description) }
                case .failure: break
                case .success: if isLast, state == .introducing { ready() }
                }
            }
        }
    }

    private func ready() {
        state = .ready
        failures = 0
        withLock { isUp = true }
        up.set(1)
        connections.add()
        Log("sessions").info("redis is there")
        onTurn(self)
        flush()
    }

    private static func unusable(_ reason: String) -> String { "\(reason); is it up, and is sessions.url right?" }

    /// Drops the connection; what waits for answers fails.
    private func close(_ reason: String, again: Bool = true) {
        let context = context
        self.context = nil
        // Its disconnect callback must not count as another loss.
        if let context {
            context.pointee.onDisconnect = nil
            redisAsyncFree(context)
        }
        retry(reason)
        if !again { nextTry = .now() + .seconds(3600) }
    }

    /// Full jitter on 50 ms times 2 to the n, 5 s at most.
    private func retry(_ reason: String) {
        (state, wantsRead, wantsWrite) = (.away, false, false)
        let ceiling = min(5000, 50 << min(failures, 10))
        failures += 1
        nextTry = .now() + .milliseconds(Int64.random(in: 10...Int64(ceiling)))
        let (wasUp, commands) = withLock { () -> (Bool, [Command]) in
            defer { (isUp, problemText, offered) = (false, reason, []) }
            return (isUp, offered)
        }
        up.set(0)
        if wasUp || failures == 1 { Log("sessions").warning("redis is away", ["reason": .string(reason)]) }
        let waiting = pending
        pending = []
        for one in waiting { one.completion.take()?(.failure(.away(reason))) }
        for command in commands { command.completion(.failure(.away(reason))) }
    }

    // MARK: Commands

    /// On the thread.
    private func push(_ words: [String], _ deadline: Moment, _ completion: @escaping Completion) {
        guard let context else { return completion(.failure(.away("not connected"))) }
        let one = Pending(deadline, completion)
        pending.append(one)
        var arguments: [UnsafePointer<CChar>?] = words.map { UnsafePointer(strdup($0)) }
        let lengths = words.map(\.utf8.count)
        let code = redisAsyncCommandArgv(
            context,
            { context, reply, one in
                guard let context, let one else { return }
                let pending = Unmanaged<Pending>.fromOpaque(one).takeRetainedValue()
                RedisLink.with(context.pointee.data) {
                    $0.answered(pending, reply?.assumingMemoryBound(to: redisReply.self))
                }
            },
            Unmanaged.passRetained(one).toOpaque(),
            Int32(words.count),
            &arguments,
            lengths
        )
        for argument in arguments { free(UnsafeMutablePointer(mutating: argument)) }
        guard code != REDIS_OK else { return }
        Unmanaged.passUnretained(one).release()
        pending.removeAll { $0 === one }
        one.completion.take()?(.failure(.away("the connection is closing")))
    }

    private func answered(_ one: Pending, _ reply: UnsafeMutablePointer<redisReply>?) {
        if let index = pending.firstIndex(where: { $0 === one }) { pending.remove(at: index) }
        guard let completion = one.completion.take() else { return }
        guard let reply else { return completion(.failure(.away("the connection was lost"))) }
        if reply.pointee.type == REDIS_REPLY_ERROR {
            let words = Self.text(reply)
            completion(.failure(.refused(words)))
            // A replica after a failover stays one for this connection.
            if words.hasPrefix("READONLY"), state == .ready { nextTry = .now() }
            return
        }
        completion(.success(Self.value(reply)))
    }

    private static func value(_ reply: UnsafeMutablePointer<redisReply>) -> RedisReply {
        switch reply.pointee.type {
        case REDIS_REPLY_STRING, REDIS_REPLY_STATUS: .text(text(reply))
        case REDIS_REPLY_INTEGER: .integer(reply.pointee.integer)
        case REDIS_REPLY_ARRAY:
            .array((0..<reply.pointee.elements).map { reply.pointee.element[$0].map(value) ?? .none })
        default: .none
        }
    }

    private static func text(_ reply: UnsafeMutablePointer<redisReply>) -> String {
        String(decoding: UnsafeRawBufferPointer(start: reply.pointee.str, count: Int(reply.pointee.len)), as: UTF8.self)
    }
}
