import PluginKit
import ProviderKit

/// An upload that was begun and neither completed nor aborted.
struct PendingUpload {
    let identifier: String
    let initiated: String
    let hasChecksums: Bool
}

extension Bucket {
    private static let mostPages = 100

    /// The uploads of exactly this key, oldest first.
    func uploads(of key: String) throws(PluginProblem) -> [PendingUpload] {
        var ask = Ask("GET", "")
        ask.query = [("uploads", ""), ("prefix", key), ("max-uploads", "100")]
        // Names that begin with the key stand behind it: the first page has what is looked for.
        let answer = try self.ask(ask)
        let found = XML.elements("Upload", in: answer.body).compactMap { upload -> PendingUpload? in
            guard XML.text(of: "Key", in: upload) == key, let name = XML.text(of: "UploadId", in: upload) else {
                return nil
            }
            return PendingUpload(
                identifier: name,
                initiated: XML.text(of: "Initiated", in: upload) ?? "",
                hasChecksums: XML.text(of: "ChecksumAlgorithm", in: upload) == "SHA256"
            )
        }
        return found.sorted { $0.initiated < $1.initiated }
    }

    /// What an upload has, in order.
    func parts(_ key: String, _ upload: String) throws(PluginProblem) -> [UploadedPart] {
        var found: [UploadedPart] = []
        for _ in 0..<Self.mostPages {
            var ask = Ask("GET", key)
            ask.query = [("uploadId", upload)]
            if let last = found.last { ask.query.append(("part-number-marker", "\(last.number)")) }
            let answer = try self.ask(ask)
            let page = XML.elements("Part", in: answer.body).compactMap { part -> UploadedPart? in
                guard let number = XML.text(of: "PartNumber", in: part).flatMap({ Int($0) }),
                    let size = XML.text(of: "Size", in: part).flatMap({ Int($0) }),
                    let tag = XML.text(of: "ETag", in: part)
                else { return nil }
                var there = UploadedPart(number: number, size: size, tag: tag)
                there.checksum = XML.text(of: "ChecksumSHA256", in: part) ?? ""
                return there
            }
            found += page
            guard !page.isEmpty, XML.text(of: "IsTruncated", in: answer.body) == "true" else { break }
        }
        return found
    }

    /// Drops an upload with its parts; harmless where it is gone.
    func abort(_ key: String, _ upload: String) throws(PluginProblem) {
        var ask = Ask("DELETE", key)
        ask.query = [("uploadId", upload)]
        ask.accepted = [200, 204, 404]
        _ = try self.ask(ask)
    }
}
