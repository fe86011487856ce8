import JSONKit
public import PluginAPI
import PluginKit

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(BlobsS3.self) }

/// Recordings and other blobs in a bucket of S3, or of a store that speaks like it.
final class BlobsS3: Plugin {
    static let manifest = Manifest(
        name: "blobs-s3",
        kind: "blobs",
        version: "1.0.0",
        blocks: true,
        schema: Settings.schema
    )

    private let host: Host
    private let settings: Settings

    init(host: Host, config: JSON) throws(PluginProblem) {
        self.host = host
        settings = try Settings(config)
    }

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream {
        let key = try settings.objectKey(options["key"]?.string ?? "")
        let bucket = Bucket(host, settings)
        switch options["op"]?.string {
        case nil:
            let type = options["content_type"]?.string ?? "application/octet-stream"
            return StoringStream(bucket, key, contentType: type, sink)
        case "get": return ReadingStream(bucket, key, sink)
        case "delete": return RemovingStream(bucket, key, sink)
        case let other?: throw PluginProblem(.invalid, "op: is \"\(other)\"; use get or delete, or none to store")
        }
    }

    func health() -> PluginProblem? { Bucket(host, settings).problem() }
}
