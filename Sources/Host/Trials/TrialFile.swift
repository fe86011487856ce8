public import Calls
public import JSONKit
import Media

/// A file of scripted conversations with one agent. Reads what it refers to at once; paths are relative to the file.
public struct TrialFile: Sendable {
    public let path: String
    public let agent: AgentDocument
    let collections: [(name: String, documents: [(name: String, text: String)])]
    let trials: [Trial]

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
            trials = try Self.trials(fields, folder, reader)
            try fields.finish()
        } catch {
            throw TrialFailure("\(path): \(error)")
        }
    }

    private static func agent(_ fields: Fields, _ folder: String, _ reader: Reader) throws(FieldError) -> AgentDocument
    {
        let member = try fields.json("agent")
        var document = member
        if let name = member.string {
            do throws(TrialFailure) { document = try reader.json(reader.absolute(name, folder)) } catch {
                throw fields.error("agent", error.description)
            }
        }
        do throws(FieldError) { return try AgentDocument(document) } catch {
            throw FieldError(path: "agent, \(error.path)", problem: error.problem)
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
