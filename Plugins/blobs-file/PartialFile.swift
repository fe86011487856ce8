import CCrypto
import Glibc
import PluginKit

/// A file that is being written. It is removed unless `finish` gives it its name.
final class PartialFile {
    private let path: String
    private let target: String
    private let folders: [String]
    private let root: String
    private let descriptor: Int32
    private let digest: OpaquePointer
    private(set) var bytes = 0
    private var isFinished = false

    /// Where it will be.
    var url: String {
        var url = "file://"
        for byte in target.utf8 {
            let isPlain =
                "/-._~".utf8.contains(byte) || (48...57).contains(byte) || (65...90).contains(byte)
                || (97...122).contains(byte)
            if isPlain {
                url.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                url += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return url
    }

    init(in folder: String, target: String, folders: [String], root: String) throws(PluginProblem) {
        path = "\(folder)/\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        (self.target, self.folders, self.root) = (target, folders, root)
        guard descriptor >= 0 else { throw BlobFolder.problem("cannot make a file in \(folder)") }
        guard let digest = EVP_MD_CTX_new(), EVP_DigestInit_ex(digest, EVP_sha256(), nil) == 1 else {
            throw PluginProblem(.fault, "no SHA-256")
        }
        self.digest = digest
        _ = flock(descriptor, LOCK_EX | LOCK_NB)
    }

    deinit {
        if !isFinished { unlink(path) }
        close(descriptor)
        EVP_MD_CTX_free(digest)
    }

    func write(_ piece: UnsafeRawBufferPointer) throws(PluginProblem) {
        var written = 0
        while written < piece.count {
            let count = Glibc.write(descriptor, piece.baseAddress.map { $0 + written }, piece.count - written)
            if count > 0 {
                written += count
            } else if errno != EINTR {
                throw BlobFolder.problem("cannot write \(target)")
            }
        }
        bytes += piece.count
        EVP_DigestUpdate(digest, piece.baseAddress, piece.count)
    }

    /// Makes the content safe, gives the file its name, in place of an older one, and makes the name safe.
    /// Returns the SHA-256 in hexadecimal.
    func finish() throws(PluginProblem) -> String {
        guard fsync(descriptor) == 0 else { throw BlobFolder.problem("cannot make \(target) safe") }
        var folder = root
        var parents = [root]
        for name in folders {
            folder += "/\(name)"
            parents.append(folder)
        }
        try BlobFolder.make(folder)
        guard rename(path, target) == 0 else { throw BlobFolder.problem("cannot name \(target)") }
        isFinished = true
        for parent in parents.reversed() { try BlobFolder.synchronise(parent) }
        var hash = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: UInt32 = 0
        EVP_DigestFinal_ex(digest, &hash, &length)
        let digits = Array("0123456789abcdef".utf8)
        let text = hash.prefix(Int(length)).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}
