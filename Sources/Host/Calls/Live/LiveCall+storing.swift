import Core
import Glibc
import JSONKit
import Media
import PluginHost
import Routes

extension LiveCall {
    /// What another host recorded of the call stands beside it.
    private var recordingName: String {
        details.resumed.map { "\(details.id.rawValue).\($0.epoch).wav" } ?? "\(details.id.rawValue).wav"
    }

    var recordingPath: String { "\(services.recordings)/\(recordingName)" }

    /// Completes the file, hands it to the blobs route, and lets the machine know what became of it.
    func storeRecording() {
        guard let recording else { return take(.recordingStored(nil)) }
        self.recording = nil
        let (loop, routes, route) = (loop, services.routes, agent.route(.blobs))
        let key = "recordings/\(startedAt.day.split(separator: "-").joined(separator: "/"))/\(recordingName)"
        let call = LoopBound(self, loop)
        recording.finish { summary in
            Task {
                let stored = await RecordingStore.store(summary, key: key, route: route, routes)
                loop.perform { call.with { $0.take(.recordingStored(stored)) } }
            }
        }
    }
}
