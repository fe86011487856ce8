import Core
import Glibc
import JSONKit

/// `patchbay config check [--connect] FILE`: everything that is wrong with a configuration, before a host is started on it.
enum ConfigCheck {
    private struct Options {
        var file = ""
        var connects = false
        var isJSON = false
    }

    static let usage = "usage: patchbay config check [--connect] [--json] FILE (examples/patchbay.json is one)"

    /// 0: nothing is wrong; 1: something is; 2: there was nothing to look at.
    static func run(_ arguments: [String]) async -> Int32 {
        do throws(StartFailure) {
            let options = try read(arguments)
            // What plugins complain of comes as a finding.
            let nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
            Log.configure { if nowhere >= 0 { $0.descriptor = nowhere } }
            let findings = try await look(options)
            if options.isJSON {
                Terminal.print(JSON.object(["items": .array(findings.map(\.json))]).description)
            } else {
                Terminal.print(FindingTable(findings).text)
                let count = findings.count(where: \.isProblem)
                Terminal.print(count == 0 ? "\(options.file): fine" : "\(options.file): \(count) to mend")
            }
            return findings.contains(where: \.isProblem) ? 1 : 0
        } catch {
            Terminal.complain("patchbay: \(error)")
            return 2
        }
    }

    private static func look(_ options: Options) async throws(StartFailure) -> [Finding] {
        guard let bytes = Files.read(options.file) else {
            throw StartFailure("configuration \(options.file): cannot be read (\(Files.lastError()))")
        }
        let document: JSON
        do { document = try JSONWithComments.parse(bytes) } catch {
            return [Finding("the document", at: options.file, saying: "\(error)")]
        }
        let scratch = try Files.makeFolder("patchbay-check")
        defer { Files.removeFolder(scratch) }
        let folder = Files.folder(of: Files.absolute(options.file))
        let review = ConfigurationReview(document, folder: folder, scratch: scratch)
        guard options.connects else { return review.findings }
        return review.findings + (await OutsideCheck(review, scratch: scratch).findings())
    }

    private static func read(_ arguments: [String]) throws(StartFailure) -> Options {
        var options = Options()
        for argument in arguments {
            switch argument {
            case "--connect": options.connects = true
            case "--json": options.isJSON = true
            default:
                guard !argument.hasPrefix("--"), options.file.isEmpty else { throw StartFailure(usage) }
                options.file = argument
            }
        }
        guard !options.file.isEmpty else { throw StartFailure(usage) }
        return options
    }
}
