public import Calls
import Core
public import JSONKit
import Media

/// A file of scripted conversations with one agent. Reads what it refers to at once; paths are relative to the file.
public struct TrialFile: Sendable {
    public let path: String
    public let agent: AgentDocument
    let collections: [(name: String, documents: [(name: String, text: String)])]
    let trials: [Trial]
    /// Agents that the call may be handed over to.
    let others: [AgentDocument]
    /// When every call begins.
    let localTime: LocalTime
    let tools: ToolScript

    /// How files are reached: the executable's business.
    public struct Reader: Sendable {
        var json: @Sendable (_ path: String) throws(TrialFailure) -> JSON
        var text: @Sendable (_ path: String) throws(TrialFailure) -> String
        var absolute: @Sendable (_ path: String, _ folder: String) -> String

        public init(
            json: @escaping @Sendable (String) throws(TrialFailure) -> JSON,
            text: @escaping @Sendable (String) throws(TrialFailure) -> String,
            absolute: @escaping @Sendable (String, String) -> String
        ) {
            (self.json, self.text, self.absolute) = (json, text, absolute)
        }
    }

    /// Reads `{"agent", "collections", "tests": [...]}`.
    public init(reading path: String, with reader: Reader) throws(TrialFailure) {
        self.path = path
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let json = try reader.json(path)
        do throws(FieldError) {
            let fields = try Fields(json)
            agent = try Self.agent(fields, folder, reader)
            collections = try Self.collections(fields, folder, reader)
            others = try Self.others(fields, folder, reader)
            localTime = try Self.localTime(fields)
            tools = try ToolScript(try fields.optionalObject("tools"))
            trials = try Self.trials(fields, folder, reader)
            let known = ([agent] + others).flatMap(\.tools).map(\.name)
            try tools.check(against: known, path: "tools")
            for (index, trial) in trials.enumerated() {
                try trial.tools.check(against: known, path: "tests[\(index)].tools")
            }
            try fields.finish()
        } catch {
            throw TrialFailure("\(path): \(error)")
        }
    }

    private static func agent(_ fields: Fields, _ folder: String, _ reader: Reader) throws(FieldError) -> AgentDocument
    {
        try document(try fields.json("agent"), "agent", fields, folder, reader)
    }

    private static func others(
        _ fields: Fields,
        _ folder: String,
        _ reader: Reader
    ) throws(FieldError) -> [AgentDocument] {
        var result: [AgentDocument] = []
        for name in try fields.strings("agents", default: []) {
            result.append(try document(.string(name), "agents", fields, folder, reader))
        }
        return result
    }

    /// `2026-11-23 10:00`, where the caller is.
    private static func localTime(_ fields: Fields) throws(FieldError) -> LocalTime {
        guard let text = try fields.optionalString("now") else { return .now() }
        guard text.utf8.count == 16, let stamp = Timestamp(parsing: text.prefix(10) + "T" + text.suffix(5) + ":00Z")
        else { throw fields.error("now", "must be a day and a time, as in 2026-11-23 10:00") }
        let parts = stamp.description.split { "-T:.Z".contains($0) }.compactMap { Int($0) }
        return LocalTime(year: parts[0], month: parts[1], day: parts[2], hour: parts[3], minute: parts[4])
    }

    private static func document(
        _ member: JSON,
        _ key: String,
        _ fields: Fields,
        _ folder: String,
        _ reader: Reader
    ) throws(FieldError) -> AgentDocument {
        var document = member
        if let name = member.string {
            do throws(TrialFailure) { document = try reader.json(reader.absolute(name, folder)) } catch {
                throw fields.error(key, error.description)
            }
        }
        do throws(FieldError) { return try AgentDocument(document) } catch {
            throw FieldError(path: "\(key), \(error.path)", problem: error.problem)
        }
    }

    private static func collections(
        _ fields: Fields,
        _ folder: String,
        _ reader: Reader
    ) throws(FieldError) -> [(name: String, documents: [(name: String, text: String)])] {
        guard let members = try fields.optionalObject("collections") else { return [] }
        var result: [(name: String, documents: [(name: String, text: String)])] = []
        for name in members.object.keys {
            var documents: [(name: String, text: String)] = []
            for path in try members.strings(name) {
                do throws(TrialFailure) {
                    let text = try reader.text(reader.absolute(path, folder))
                    documents.append((String(path.split(separator: "/").last ?? ""), text))
                } catch { throw members.error(name, error.description) }
            }
            result.append((name, documents))
        }
        return result
    }

    private static func trials(_ fields: Fields, _ folder: String, _ reader: Reader) throws(FieldError) -> [Trial] {
        func read(_ name: String) throws(FieldError) -> [Int16] {
            do {
                let file = try WAVFile(reading: reader.absolute(name, folder))
                guard file.sampleRate == 8000, file.channels == 1 else {
                    throw FieldError(path: "audio", problem: "\(name) must be mono at 8,000 Hz")
                }
                return file.channel(0)
            } catch let error as FieldError { throw error } catch {
                throw FieldError(path: "audio", problem: "\(name): \(error)")
            }
        }
        var trials: [Trial] = []
        for test in try fields.objects("tests") {
            let trial = try Trial(test, read: read)
            guard !trials.contains(where: { $0.name == trial.name }) else {
                throw test.error("name", "a second test called \(trial.name)")
            }
            trials.append(trial)
        }
        guard !trials.isEmpty else { throw fields.error("tests", "needs at least one") }
        return trials
    }
}
