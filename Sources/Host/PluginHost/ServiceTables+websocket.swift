import Core
import IO
import PluginAPI
import Synchronization

/// "patchbay.websocket/1"
extension ServiceTables {
    static let startSocket:
        @convention(c) (
            UnsafeMutableRawPointer?, UnsafePointer<pb_websocket_request>?, UnsafePointer<pb_websocket_sink>?,
            UnsafeMutablePointer<pb_error>?
        ) -> UInt64 = { context, request, sink, error in
            guard let context, let request, let sink else { return 0 }
            let services = PluginServices.of(context)
            let url = String(request.pointee.url)
            guard let address = WebSocketAddress(url) else {
                error?.pointee = pb_error(
                    Int32(PB_ERROR_INVALID),
                    isRetryable: false,
                    "\(url) is no ws: or wss: address"
                )
                return 0
            }
            let loop: SocketLoop
            do throws(IOFailure) { loop = try services.host.socketLoop() } catch let failure {
                error?.pointee = pb_error(failure)
                return 0
            }
            var headers: [(name: String, value: String)] = []
            for index in 0..<Int(request.pointee.header_count) {
                guard let header = request.pointee.headers?[index] else { break }
                headers.append((String(header.name), String(header.value)))
            }
            let limit = Duration.milliseconds(request.pointee.connect_ms > 0 ? Int64(request.pointee.connect_ms) : 5000)
            let (pending, number) = services.work.withLock { work in
                work.next += 1
                let number = work.next
                let pending = PendingSocket(sink.pointee, on: loop) {
                    _ = services.work.withLock { $0.sockets.removeValue(forKey: number) }
                }
                work.sockets[number] = pending
                return (pending, number)
            }
            let wanted = headers
            loop.perform { pending.connect(address, headers: wanted, within: limit) }
            return number
        }

    static let sendOnSocket:
        @convention(c) (UnsafeMutableRawPointer?, UInt64, UnsafeRawPointer?, UInt64, UInt32) -> Int32 = {
            guard let context = $0 else { return Int32(PB_ERROR_INVALID) }
            let number = $1
            let bytes = [UInt8](UnsafeRawBufferPointer(start: $2, count: $2 == nil ? 0 : Int($3)))
            guard let socket = PluginServices.of(context).work.withLock({ $0.sockets[number] }),
                socket.send(bytes, isText: $4 != 0)
            else { return Int32(PB_ERROR_UNAVAILABLE) }
            return Int32(PB_OK)
        }

    static let cancelSocket: @convention(c) (UnsafeMutableRawPointer?, UInt64) -> Void = {
        guard let context = $0 else { return }
        let number = $1
        PluginServices.of(context).work.withLock { $0.sockets.removeValue(forKey: number) }?.cancel()
    }
}
