import Campaigns
import JSONKit

extension Configuration.Dialing {
    init(_ fields: Fields, path: (String) -> String) throws(FieldError) {
        rules = path(try fields.string("rules", default: ""))
        startSecret = try fields.string("start_secret", default: "")
        try fields.finish()
        guard !rules.isEmpty else { return }
        // What is wrong with the rules is to stop the start, not the first campaign.
        do { _ = try book() } catch { throw fields.error("rules", "\(error)") }
    }

    /// The rule book that holds: of the operator's files, or the one that is compiled in.
    /// - Throws: the file, where in it, and what would be right.
    func book() throws(RuleError) -> RuleBook {
        guard !rules.isEmpty else { return try RuleBook.shipped() }
        var files: [RuleFile] = []
        for name in Files.entries(of: rules).sorted() where name.hasSuffix(".json") && name != "numbers.json" {
            guard let bytes = Files.read("\(rules)/\(name)") else {
                throw RuleError(file: name, problem: "cannot be read (\(Files.lastError()))")
            }
            files.append(RuleFile(name: name, bytes: bytes))
        }
        guard !files.isEmpty else {
            throw RuleError(
                file: rules,
                problem: "is no folder with *.json; copy dialing-rules/ there, or leave it empty"
            )
        }
        return try RuleBook(files)
    }

    /// Countries that have rules of their own when the host is shipped, and none in the operator's folder.
    func gaps(in book: RuleBook) -> [String] {
        guard !rules.isEmpty, let shipped = try? RuleBook.shipped() else { return [] }
        return shipped.countries.subtracting(book.countries).sorted()
    }

    var json: JSON { ["rules": .string(rules), "start_secret": .string(startSecret)] }
}
