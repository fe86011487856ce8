import PluginKit
import ProviderKit

/// One object on its way, in parts. What an earlier attempt brought is found by the key and not sent again.
final class Upload {
    private let bucket: Bucket
    private let key: String
    private let contentType: String
    private var identifier = ""
    /// Whether the store keeps, and wants, SHA-256 of the parts.
    private var hasChecksums = false
    /// Parts that were there when this attempt began, by number.
    private var earlier: [Int: UploadedPart] = [:]
    /// The parts of this attempt, in order.
    private var parts: [UploadedPart] = []
    private var bytes = 0

    private static let mostParts = 10_000
    /// The store may take minutes to put the parts together, and says so by white space.
    private static let completionMilliseconds = 300_000

    init(_ bucket: Bucket, _ key: String, contentType: String) {
        (self.bucket, self.key, self.contentType) = (bucket, key, contentType)
    }

    /// Whether it has parts: a blob that fits into one is put whole.
    var isBegun: Bool { !parts.isEmpty }

    private var creationHeaders: [(name: String, value: String)] {
        [("content-type", contentType)] + bucket.settings.objectHeaders
    }

    // MARK: Whole

    /// Puts an object that needs no parts, in place of an older one. The same bytes twice are the same object.
    func putWhole(_ body: [UInt8]) throws(PluginProblem) {
        var ask = Bucket.Ask("PUT", key)
        let hash = Hash.sha256(body)
        (ask.body, ask.bodyHash, ask.headers) = (body, hash, creationHeaders)
        if bucket.settings.sendsChecksums { ask.headers.append(("x-amz-checksum-sha256", Base64.encode(hash))) }
        _ = try verified(try bucket.ask(ask), UploadedPart(number: 1, bytes: body, sha256: hash))
        // An earlier attempt may have cut the blob into smaller parts.
        abandonLeftOvers()
    }

    private func abandonLeftOvers() {
        for old in (try? uploads()) ?? [] { try? bucket.abort(key, old.identifier) }
    }

    // MARK: Parts

    /// Brings the next part, unless it is there. All but the last have the same length.
    func add(_ body: [UInt8]) throws(PluginProblem) {
        if parts.isEmpty { try begin() }
        guard parts.count < Self.mostParts else {
            throw PluginProblem(.invalid, "a blob of more than \(Self.mostParts) parts: set part_bytes higher")
        }
        let hash = Hash.sha256(body)
        var part = UploadedPart(number: parts.count + 1, bytes: body, sha256: hash)
        bytes += body.count
        if let there = earlier[part.number], there.isSame(as: part) {
            part.tag = there.tag
            parts.append(part)
            bucket.host.count("s3_parts_found")
            return
        }
        var ask = Bucket.Ask("PUT", key)
        ask.query = [("partNumber", "\(part.number)"), ("uploadId", identifier)]
        (ask.body, ask.bodyHash) = (body, hash)
        ask.headers = [("content-type", "application/octet-stream")]
        if hasChecksums { ask.headers.append(("x-amz-checksum-sha256", Base64.encode(hash))) }
        do throws(PluginProblem) { part.tag = try verified(try bucket.ask(ask), part) } catch { throw broken(error) }
        parts.append(part)
        bucket.host.count("s3_parts_sent")
    }

    /// Finds what an earlier attempt began, or begins.
    private func begin() throws(PluginProblem) {
        if let found = try? uploads(), let last = found.last {
            for old in found.dropLast() { try? bucket.abort(key, old.identifier) }
            (identifier, hasChecksums) = (last.identifier, last.hasChecksums)
            if let parts = try? bucket.parts(key, identifier) {
                for part in parts { earlier[part.number] = part }
                return
            }
        }
        var ask = Bucket.Ask("POST", key)
        ask.query = [("uploads", "")]
        ask.headers = creationHeaders
        hasChecksums = bucket.settings.sendsChecksums
        if hasChecksums { ask.headers.append(("x-amz-checksum-algorithm", "SHA256")) }
        let answer = try bucket.ask(ask)
        guard let name = XML.text(of: "UploadId", in: answer.body), !name.isEmpty else {
            throw PluginProblem(.malformed, "\(bucket.name): no UploadId; is endpoint that of an S3 store?")
        }
        identifier = name
    }

    private func uploads() throws(PluginProblem) -> [PendingUpload] { try bucket.uploads(of: key) }

    /// The tag of what was stored, once it is sure that it is what was sent.
    private func verified(_ answer: HTTPAnswer, _ part: UploadedPart) throws(PluginProblem) -> String {
        guard let tag = answer.header("etag"), !tag.isEmpty else {
            throw PluginProblem(.malformed, "\(bucket.name): no ETag; is endpoint that of an S3 store?")
        }
        var stored = UploadedPart(number: part.number, size: part.size, tag: tag)
        stored.checksum = answer.header("x-amz-checksum-sha256") ?? ""
        // Encrypted with a key of its owner's, the tag says nothing about the bytes.
        let isOpaque = answer.header("x-amz-server-side-encryption")?.hasPrefix("aws:kms") == true
        guard stored.checksum.isEmpty && (isOpaque || !stored.hasDigest) || stored.isSame(as: part) else {
            throw PluginProblem(.unavailable, "\(bucket.name): other bytes were stored than were sent")
        }
        return tag
    }

    // MARK: Completion

    /// Puts the parts together.
    func complete() throws(PluginProblem) {
        var ask = Bucket.Ask("POST", key)
        ask.query = [("uploadId", identifier)]
        ask.headers = [("content-type", "application/xml")]
        ask.body = Array(list.utf8)
        ask.totalMilliseconds = max(Self.completionMilliseconds, bucket.settings.totalMilliseconds)
        do throws(PluginProblem) {
            let answer = try bucket.ask(ask)
            guard XML.isRoot("CompleteMultipartUploadResult", in: answer.body) else {
                throw PluginProblem(.unavailable, "\(bucket.name): an answer to the completion that breaks off")
            }
        } catch {
            // The answer to an earlier completion may have been lost.
            if StoreProblem.isMissingUpload(error), try isThere() { return }
            throw broken(error)
        }
        guard try isThere() else {
            throw PluginProblem(.unavailable, "\(bucket.name): the completed object is not what was sent")
        }
    }

    private var list: String {
        let parts = parts.map { part in
            let checksum = hasChecksums ? "<ChecksumSHA256>\(part.checksum)</ChecksumSHA256>" : ""
            let number = "<PartNumber>\(part.number)</PartNumber>"
            return "<Part>\(number)<ETag>\(XML.escaped(part.tag))</ETag>\(checksum)</Part>"
        }
        let space = "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\""
        return "<CompleteMultipartUpload \(space)>\(parts.joined())</CompleteMultipartUpload>"
    }

    /// Whether the object is the one that was sent: by its length, and by its tag where that is made from the parts'.
    private func isThere() throws(PluginProblem) -> Bool {
        var ask = Bucket.Ask("HEAD", key)
        ask.accepted = [200, 404]
        let answer = try bucket.ask(ask)
        guard answer.status == 200, answer.header("content-length") == "\(bytes)" else { return false }
        let tag = (answer.header("etag") ?? "").filter { $0 != "\"" }
        guard tag.hasSuffix("-\(parts.count)"), parts.allSatisfy(\.hasDigest) else { return true }
        return tag == "\(Hash.hex(Hash.md5(parts.flatMap(\.digest))))-\(parts.count)"
    }

    /// An upload that cannot be gone on with is given up, and the next attempt begins anew.
    private func broken(_ problem: PluginProblem) -> PluginProblem {
        guard StoreProblem.isBrokenUpload(problem) else { return problem }
        try? bucket.abort(key, identifier)
        return PluginProblem(.unavailable, "\(problem.text); begins anew", retryAfterMilliseconds: 1000)
    }
}
