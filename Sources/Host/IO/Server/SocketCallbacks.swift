import CWebSockets
import Core

/// The functions that C calls, on the loop's thread.
enum SocketCallbacks {
    static var table: ws_callbacks {
        ws_callbacks(
            turn: { context in SocketCallbacks.loop(context)?.turn() },
            request: { context, exchange, request in
                guard let loop = SocketCallbacks.loop(context), let exchange, let request else { return }
                loop.service?.request(exchange, HTTPRequest(request.pointee), on: loop)
            },
            abandoned: { context, exchange in
                guard let loop = SocketCallbacks.loop(context), let exchange else { return }
                loop.service?.abandoned(exchange, on: loop)
            },
            upgrade: { context, request, user in
                guard let loop = SocketCallbacks.loop(context), let request, let service = loop.service else {
                    return 503
                }
                switch service.upgrade(HTTPRequest(request.pointee), on: loop) {
                case .refuse(let status): return Int32(status)
                case .accept(let handler):
                    user?.pointee = Unmanaged.passRetained(SocketUser(handler)).toOpaque()
                    return 0
                }
            },
            dropped: { _, user in
                if let user { Unmanaged<SocketUser>.fromOpaque(user).release() }
            },
            opened: { user, native in
                guard let user, let native else { return }
                let entry = Unmanaged<SocketUser>.fromOpaque(user).takeUnretainedValue()
                let socket = WebSocket(native)
                entry.socket = socket
                entry.handler.opened(socket)
            },
            message: { user, bytes, length, isText in
                guard let user else { return }
                Unmanaged<SocketUser>.fromOpaque(user)._withUnsafeGuaranteedRef {
                    $0.handler.received(UnsafeRawBufferPointer(start: bytes, count: length), isText: isText != 0)
                }
            },
            closed: { user, code, reason, length in
                guard let user else { return }
                let entry = Unmanaged<SocketUser>.fromOpaque(user).takeRetainedValue()
                entry.socket?.detach()
                let text = String(decoding: UnsafeRawBufferPointer(start: reason, count: length), as: UTF8.self)
                entry.handler.closed(code: Int(code), reason: text)
            },
            failed: { user, reason in
                guard let user else { return }
                let entry = Unmanaged<SocketUser>.fromOpaque(user).takeRetainedValue()
                let text = reason.map { String(cString: $0) } ?? "no connection"
                (entry.handler as? any WebSocketClientHandler)?.failed(.unreachable("the WebSocket", reason: text))
            },
            log: { level, line in
                guard let line else { return }
                let text = String(cString: line).filter { $0 != "\n" }
                let log = Log("libwebsockets")
                if level == 0 { log.warning(text) } else { log.debug(text) }
            }
        )
    }

    @inline(__always)
    private static func loop(_ context: UnsafeMutableRawPointer?) -> SocketLoop? {
        context.map { Unmanaged<SocketLoop>.fromOpaque($0).takeUnretainedValue() }
    }
}

extension HTTPRequest {
    /// Copies what C lends.
    init(_ native: ws_request) {
        func text(_ pointer: UnsafePointer<CChar>?, _ length: Int) -> String {
            String(decoding: UnsafeRawBufferPointer(start: pointer, count: length), as: UTF8.self)
        }
        var headers: [(name: String, value: String)] = []
        for line in text(native.headers, native.headers_length).split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            headers.append((String(line[..<colon]), String(value)))
        }
        self.init(
            method: native.method.map { String(cString: $0) } ?? "",
            path: text(native.path, native.path_length),
            query: text(native.query, native.query_length),
            headers: headers,
            body: Array(UnsafeRawBufferPointer(start: native.body, count: native.body_length))
        )
    }
}
