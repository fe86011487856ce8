import Console
import JSONKit

/// What stands in the host's log, read bit by bit.
struct Facts {
    private(set) var ids: Set<String> = []
    private(set) var forCRM: Set<String> = []
    private(set) var blobs: Set<String> = []
    private(set) var started: Set<String> = []
    private(set) var ended: Set<String> = []
    private var position: Int64 = 0

    /// Reads what is new.
    mutating func read(_ client: ControlClient) throws {
        while true {
            let page = try client.call("event.list", ["after": .int(position), "limit": 1000], seconds: 30)
            let items = page["items"]?.array ?? []
            guard !items.isEmpty else { return }
            for item in items { note(item) }
            position = page["next"]?.int ?? position
        }
    }

    private mutating func note(_ event: JSON) {
        let (id, key) = (event["id"]?.string ?? "", event["key"]?.string ?? "")
        ids.insert(id)
        switch event["topic"]?.string {
        case "call.started": started.insert(key)
        case "call.ended":
            ended.insert(key)
            forCRM.insert(id)
        case "call.reviewed": forCRM.insert(id)
        case "recording.finished": if let blob = event["data"]?["blob"]?.string { blobs.insert(blob) }
        default: break
        }
    }
}
