import JSONKit
public import PluginAPI
import PluginKit
import Synchronization

@c(patchbay_plugin_v1) public func entry() -> UnsafePointer<pb_plugin>? { export(CrmFile.self) }

/// Outcomes of calls as lines of JSON, one file a day.
final class CrmFile: Plugin {
    static let manifest = Manifest(
        name: "crm-file",
        kind: "crm",
        version: "1.0.0",
        blocks: true,
        schema: """
            {
              "type": "object",
              "additionalProperties": false,
              "x-erases": true,
              "required": ["folder"],
              "properties": {
                "folder": {
                  "type": "string", "minLength": 1,
                  "description": "Where the files are; made if it is missing, readable by its owner only."
                }
              }
            }
            """
    )

    private let folder: String
    /// The files in use, most recent last. One writer at a time is what one disk wants, too.
    private let files = Mutex<[DayFile]>([])

    /// Retries reach back a few days; each file in use holds a descriptor and its ids.
    private static let mostFiles = 8

    init(host: Host, config: JSON) throws(PluginProblem) {
        folder = config["folder"]?.string ?? ""
        try DayFile.prepare(folder: folder)
    }

    func open(options: JSON, sink: Sink) throws(PluginProblem) -> any PluginStream { CrmStream(self, sink) }

    func health() -> PluginProblem? {
        do throws(PluginProblem) {
            try DayFile.prepare(folder: folder)
            return nil
        } catch let problem { return problem }
    }

    /// Writes a record unless it is there already; returns its place once it is safe on disk.
    func store(_ record: OutcomeRecord) throws(PluginProblem) -> String {
        let result = files.withLock { files in
            Result { () throws(PluginProblem) in
                let file = try Self.file(of: record.day, in: folder, &files)
                return "\(file.name)#\(try file.append(record))"
            }
        }
        return try result.get()
    }

    /// Erases every record about one of some calls or leads; how many there were. They keep their lines and identifiers.
    func erase(keys: [String]) throws(PluginProblem) -> Int {
        let days = try DayFile.days(in: folder)
        let result = files.withLock { files in
            Result { () throws(PluginProblem) in
                var count = 0
                for day in days { count += try Self.file(of: day, in: folder, &files).erase(keys: keys) }
                return count
            }
        }
        return try result.get()
    }

    private static func file(
        of day: String,
        in folder: String,
        _ files: inout [DayFile]
    ) throws(PluginProblem) -> DayFile {
        if let index = files.firstIndex(where: { $0.day == day }) {
            let file = files.remove(at: index)
            if file.isStillThere {
                files.append(file)
                return file
            }
        }
        let file = try DayFile(folder: folder, day: day)
        if files.count >= mostFiles { files.removeFirst() }
        files.append(file)
        return file
    }
}
