import Glibc
import IO
import JSONKit

/// The files a host is started with.
struct Setup {
    let folder: String
    let libraries: String

    func write(_ plan: any Plan.Type) throws(JudgeFailure) {
        var plugins: [JSON] = [
            [
                "path": .string("\(libraries)/libtelephony-twilio.so"),
                "config": ["auth_token_secret": "twilio_auth_token"],
            ]
        ]
        for plugin in plan.plugins {
            plugins.append([
                "path": .string("\(libraries)/lib\(plugin.library).so"), "name": .string(plugin.name),
                "config": plugin.config,
            ])
        }
        var (agents, numbers): ([JSON], [JSON]) = ([], [])
        for agent in plan.agents {
            let name = agent.document["name"]?.string ?? ""
            try write(agent.document, to: "\(name).json")
            agents.append(.string("\(name).json"))
            numbers.append(["to": .string(agent.number), "agent": .string(name)])
        }
        let port = LoopbackPort.unused()
        let configuration: JSON = [
            "state": "state", "listen": ["host": "127.0.0.1", "port": .int(Int64(port))],
            "public_url": .string("http://127.0.0.1:\(port)"),
            "log": ["level": "error"], "plugins": .array(plugins), "routes": .object(plan.routes),
            "agents": .array(agents), "numbers": .array(numbers), "limits": ["calls": 1000, "drain_s": 1],
        ]
        try write(configuration, to: "patchbay.json")
    }

    private func write(_ json: JSON, to name: String) throws(JudgeFailure) {
        let path = "\(folder)/\(name)"
        guard let file = fopen(path, "w") else { throw JudgeFailure("\(path) cannot be written") }
        fputs(json.pretty, file)
        fclose(file)
    }
}
