import JSONKit
public import PluginAPI
import PluginKit

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(BlobsFile.self) }

/// Recordings and other blobs as files under one folder.
final class BlobsFile: Plugin {
    static let manifest = Manifest(
        name: "blobs-file",
        kind: "blobs",
        version: "1.0.0",
        blocks: true,
        schema: """
            {
              "type": "object",
              "additionalProperties": false,
              "required": ["folder"],
              "properties": {
                "folder": {
                  "type": "string", "minLength": 1,
                  "description": "Where the files are; made if it is missing, readable by its owner only."
                },
                "most_bytes": {
                  "type": "integer", "minimum": 1, "default": 4294967296,
                  "description": "A longer blob is refused."
                }
              }
            }
            """
    )

    private let folder: BlobFolder
    private let mostBytes: Int

    init(host: Host, config: JSON) throws(PluginProblem) {
        folder = try BlobFolder(config["folder"]?.string ?? "")
        mostBytes = Int(clamping: config["most_bytes"]?.int ?? 4 << 30)
        folder.sweep()
    }

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream {
        let key = try BlobKey(options["key"]?.string ?? "")
        switch options["op"]?.string {
        case nil: return BlobStream(try folder.begin(key), mostBytes: mostBytes, sink)
        case "get": return ReadingStream(folder, key, sink)
        case "delete": return RemovingStream(folder, key, sink)
        case let other?: throw PluginProblem(.invalid, "op: is \"\(other)\"; use get or delete, or none to store")
        }
    }

    func health() -> PluginProblem? {
        do throws(PluginProblem) {
            try folder.prepare()
            return nil
        } catch let problem { return problem }
    }
}
