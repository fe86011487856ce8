import CCurl
import Core

/// One request under way. Confined to the client's loop.
final class Transfer {
    let easy: UnsafeMutableRawPointer
    var number: UInt64 = 0
    /// Nothing is told to the handler any more; what curl still brings ends the transfer.
    var isCancelled = false
    private let handler: any HTTPClientHandler
    private let request: ClientRequest
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var headers: [(name: String, value: String)] = []
    private var hasHead = false
    private var errorText = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))

    init?(_ request: ClientRequest, _ handler: any HTTPClientHandler) {
        guard let easy = curl_easy_init() else { return nil }
        (self.easy, self.request, self.handler) = (easy, request, handler)
        configure()
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headerList)
    }

    private func configure() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        _ = ccurl_set_text(easy, CURLOPT_URL, request.url)
        _ = ccurl_set_text(easy, CURLOPT_CUSTOMREQUEST, request.method)
        _ = ccurl_set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        if !request.isPrivateAllowed {
            _ = ccurl_public_only(easy)
            // A connection that somebody else opened was not asked.
            _ = ccurl_set_long(easy, CURLOPT_FRESH_CONNECT, 1)
        }
        if request.hasOwnConnection {
            // On a connection of the pool curl sends again what got no answer, a POST as well; on a new one it does not.
            _ = ccurl_set_long(easy, CURLOPT_FRESH_CONNECT, 1)
            _ = ccurl_set_long(easy, CURLOPT_FORBID_REUSE, 1)
        }
        _ = ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        _ = ccurl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, Int(request.connectTimeout.wholeMilliseconds))
        _ = ccurl_set_long(easy, CURLOPT_TIMEOUT_MS, Int(request.totalTimeout.wholeMilliseconds))
        // Less than one byte a second for so long is a stalled answer; curl counts in whole seconds.
        _ = ccurl_set_long(easy, CURLOPT_LOW_SPEED_LIMIT, 1)
        _ = ccurl_set_long(
            easy,
            CURLOPT_LOW_SPEED_TIME,
            max(1, Int((request.idleTimeout.wholeMilliseconds + 999) / 1000))
        )
        _ = ccurl_set_pointer(easy, CURLOPT_PRIVATE, context)
        if request.method == "HEAD" { _ = ccurl_set_long(easy, CURLOPT_NOBODY, 1) }
        if !request.body.isEmpty || request.method == "POST" || request.method == "PUT" {
            _ = ccurl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, Int(request.body.count))
            request.body.withUnsafeBytes { bytes in
                _ = ccurl_set_pointer(
                    easy,
                    CURLOPT_COPYPOSTFIELDS,
                    UnsafeMutableRawPointer(mutating: bytes.baseAddress)
                )
            }
        }
        // Without this curl waits a second for "100 Continue" before it sends larger bodies.
        headerList = curl_slist_append(headerList, "Expect:")
        for (name, value) in request.headers {
            headerList = curl_slist_append(headerList, HeaderLine.make(name, value))
        }
        _ = ccurl_set_pointer(easy, CURLOPT_HTTPHEADER, headerList)
        _ = ccurl_set_pointer(easy, CURLOPT_HEADERDATA, context)
        _ = ccurl_set_writer(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let context, let bytes else { return 0 }
            let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            guard !transfer.isCancelled else { return 0 }
            transfer.header(String(decoding: line, as: UTF8.self))
            return size * count
        }
        _ = ccurl_set_pointer(easy, CURLOPT_WRITEDATA, context)
        _ = ccurl_set_writer(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let context else { return 0 }
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            guard !transfer.isCancelled else { return 0 }
            transfer.handler.body(UnsafeRawBufferPointer(start: bytes, count: size * count))
            return size * count
        }
    }

    private func header(_ line: String) {
        let text = line.drop { $0.isWhitespace }
        if line.hasPrefix("HTTP/") {
            headers = []
        } else if let colon = text.firstIndex(of: ":") {
            let value = text[text.index(after: colon)...].drop { $0 == " " }
            headers.append((text[..<colon].lowercased(), String(value.filter { !$0.isNewline })))
        } else if text.isEmpty, ccurl_status(easy) >= 200 {
            hasHead = true
            handler.head(status: ccurl_status(easy), headers: headers)
        }
    }

    func finish(_ result: CURLcode) {
        guard !isCancelled else { return }
        guard result != CURLE_OK else {
            handler.done(nil)
            return
        }
        let reason = String(cString: curl_easy_strerror(result))
        switch result {
        case CURLE_OPERATION_TIMEDOUT: handler.done(.timedOut("\(request.method) \(request.url)"))
        case CURLE_GOT_NOTHING, CURLE_WEIRD_SERVER_REPLY, CURLE_HTTP2, CURLE_BAD_CONTENT_ENCODING:
            handler.done(.malformed("\(request.method) \(request.url): \(reason)"))
        default: handler.done(.unreachable(request.url, reason: reason))
        }
    }
}
