import CZlib
import PluginKit

/// Compression of what is sent, at the speed of a network.
enum Gzip {
    static func compress(_ bytes: [UInt8]) throws(PluginProblem) -> [UInt8] {
        var stream = z_stream()
        guard czlib_gzip_begin(&stream) == Z_OK else { throw PluginProblem(.fault, "no memory to compress") }
        defer { deflateEnd(&stream) }
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
        var input = bytes
        let status = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                (stream.next_in, stream.avail_in) = (input.baseAddress, UInt32(clamping: input.count))
                (stream.next_out, stream.avail_out) = (output.baseAddress, UInt32(clamping: output.count))
                return deflate(&stream, Z_FINISH)
            }
        }
        guard status == Z_STREAM_END else { throw PluginProblem(.fault, "compressing failed (\(status))") }
        return Array(output.prefix(Int(stream.total_out)))
    }
}
