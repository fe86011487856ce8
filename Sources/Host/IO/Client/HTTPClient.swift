import CCurl
import CLinux
import Core
import Synchronization

/// HTTP requests through curl's multi interface on one loop: many at once, no thread of their own.
///
/// Unchecked: everything but the numbering is touched on the loop only.
public final class HTTPClient: @unchecked Sendable {
    private let loop: PollLoop
    private let multi: UnsafeMutableRawPointer?
    private var transfers: [UInt64: Transfer] = [:]
    private var timer: TimerID?
    private let numbers = Atomic<UInt64>(0)
    /// More than this at once are refused.
    private static let bound = 4096

    /// `loop` runs for as long as the client is used.
    public init(loop: PollLoop) {
        self.loop = loop
        curl_global_init(Int(CURL_GLOBAL_DEFAULT))
        multi = curl_multi_init()
        let context = Unmanaged.passUnretained(self).toOpaque()
        _ = ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, context)
        _ = ccurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, context)
        _ = ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 256)
        _ = ccurl_multi_on_socket(multi) { _, socket, what, context, _ in
            guard let context else { return 0 }
            Unmanaged<HTTPClient>.fromOpaque(context).takeUnretainedValue().watch(socket, what)
            return 0
        }
        _ = ccurl_multi_on_timer(multi) { _, milliseconds, context in
            guard let context else { return 0 }
            Unmanaged<HTTPClient>.fromOpaque(context).takeUnretainedValue().arm(milliseconds)
            return 0
        }
    }

    deinit {
        // Nobody is left to be called; what is under way ends without a word. curl is touched on the loop only.
        let (loop, rest) = (loop, LoopBound(Remains(multi: multi, transfers: Array(transfers.values)), loop))
        loop.perform { rest.with { $0.clear(loop) } }
    }

    /// What curl still holds of a client that is gone.
    private struct Remains {
        let multi: UnsafeMutableRawPointer?
        let transfers: [Transfer]

        func clear(_ loop: PollLoop) {
            // Sockets that close are unwatched by the loop that they were watched by.
            _ = ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, Unmanaged.passUnretained(loop).toOpaque())
            _ = ccurl_multi_on_socket(multi) { _, socket, what, context, _ in
                guard let context, what == CURL_POLL_REMOVE else { return 0 }
                Unmanaged<PollLoop>.fromOpaque(context).takeUnretainedValue().unwatch(socket)
                return 0
            }
            _ = ccurl_multi_on_timer(multi, nil)
            for transfer in transfers {
                transfer.isCancelled = true
                curl_multi_remove_handle(multi, transfer.easy)
            }
            curl_multi_cleanup(multi)
        }
    }

    /// Starts a request; from any thread. The handler's `done` follows exactly once, unless it is cancelled.
    @discardableResult
    public func start(_ request: ClientRequest, _ handler: any HTTPClientHandler) -> UInt64 {
        let number = numbers.wrappingAdd(1, ordering: .relaxed).newValue
        loop.perform { self.begin(number, request, handler) }
        return number
    }

    /// Ends a request without a further call to its handler. From any thread; on the loop at once, from elsewhere soon.
    public func cancel(_ number: UInt64) {
        // One that was started a moment ago has not begun: its end waits behind its beginning.
        if loop.isCurrent, transfers[number] != nil { drop(number) } else { loop.perform { self.drop(number) } }
    }

    // MARK: On the loop

    private func begin(_ number: UInt64, _ request: ClientRequest, _ handler: any HTTPClientHandler) {
        guard transfers.count < Self.bound, let transfer = Transfer(request, handler) else {
            handler.done(.exhausted("\(Self.bound) HTTP requests at once"))
            return
        }
        transfers[number] = transfer
        transfer.number = number
        curl_multi_add_handle(multi, transfer.easy)
    }

    private func drop(_ number: UInt64) {
        guard let transfer = transfers.removeValue(forKey: number) else { return }
        transfer.isCancelled = true
        // curl may be calling us for this very transfer: then it refuses to let go of it now, and its memory has to last
        // until it has returned.
        curl_multi_remove_handle(multi, transfer.easy)
        loop.schedule(after: .zero) { withExtendedLifetime(transfer) {} }
    }

    private func watch(_ socket: curl_socket_t, _ what: Int32) {
        guard what != CURL_POLL_REMOVE else {
            loop.unwatch(socket)
            return
        }
        let reads = what == CURL_POLL_IN || what == CURL_POLL_INOUT
        let writes = what == CURL_POLL_OUT || what == CURL_POLL_INOUT
        let interest = (reads ? EPOLLIN.rawValue : 0) | (writes ? EPOLLOUT.rawValue : 0)
        loop.watch(socket, for: interest) { [weak self] events in
            var mask: Int32 = 0
            if events & EPOLLIN.rawValue != 0 { mask |= CURL_CSELECT_IN }
            if events & EPOLLOUT.rawValue != 0 { mask |= CURL_CSELECT_OUT }
            if events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { mask |= CURL_CSELECT_ERR }
            self?.advance(socket, mask)
        }
    }

    private func arm(_ milliseconds: Int) {
        if let timer { loop.cancel(timer) }
        timer = nil
        guard milliseconds >= 0 else { return }
        timer = loop.schedule(after: .milliseconds(milliseconds)) { [weak self] in self?.advance(-1, 0) }
    }

    private func advance(_ socket: curl_socket_t, _ mask: Int32) {
        var running: Int32 = 0
        curl_multi_socket_action(multi, socket, mask, &running)
        var result = CURLE_OK
        while let easy = ccurl_multi_finished(multi, &result) {
            guard let context = ccurl_private(easy) else { continue }
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            curl_multi_remove_handle(multi, easy)
            transfers[transfer.number] = nil
            transfer.finish(result)
        }
    }
}
