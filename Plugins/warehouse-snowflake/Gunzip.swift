import CZlib
import PluginKit

/// What the service sends compressed without being asked: the later parts of long answers.
enum Gunzip {
    private static let longest = 256 << 20

    static func expand(_ bytes: [UInt8]) throws(PluginProblem) -> [UInt8] {
        var stream = z_stream()
        guard czlib_gunzip_begin(&stream) == Z_OK else { throw PluginProblem(.fault, "no memory to expand") }
        defer { inflateEnd(&stream) }
        var (input, output) = (bytes, [UInt8]())
        var piece = [UInt8](repeating: 0, count: 65536)
        var status = Z_OK
        input.withUnsafeMutableBufferPointer { input in
            (stream.next_in, stream.avail_in) = (input.baseAddress, UInt32(clamping: input.count))
            while status == Z_OK, output.count < longest {
                let count = piece.withUnsafeMutableBufferPointer { piece in
                    (stream.next_out, stream.avail_out) = (piece.baseAddress, UInt32(piece.count))
                    status = inflate(&stream, Z_NO_FLUSH)
                    return piece.count - Int(stream.avail_out)
                }
                output += piece.prefix(count)
            }
        }
        guard status == Z_STREAM_END else { throw PluginProblem(.malformed, "an answer that is not what gzip makes") }
        return output
    }
}
