public import Core
import JSONKit
public import Store

/// Takes the leads of a file into a list: batch by batch, each in one commit with the place behind it. After a kill it goes on
/// there, and no row is counted twice.
public struct LeadImport: Sendable {
    /// Rows of a commit.
    static let batch = 1000
    /// The documents that tell how far imports have come.
    static let marks = "lead_imports"

    private let store: Store
    private let source: LeadSource
    private let name: String
    private let plan: NumberPlan
    private let now: @Sendable () -> Timestamp

    /// `name`: of this import; another one of the same name goes on where it ended.
    public init(
        _ store: Store,
        _ source: LeadSource,
        name: String,
        plan: NumberPlan = .shipped,
        now: @escaping @Sendable () -> Timestamp = { .now() }
    ) {
        (self.store, self.source, self.name, self.plan, self.now) = (store, source, name, plan, now)
    }

    /// Looks at what would refuse the file as a whole: that it is not there, its header, its encoding.
    public static func check(_ source: LeadSource) throws(LeadImportFailure) {
        let file = try LeadFile(source)
        try file.checkEncoding()
    }

    /// How far it has come.
    private struct Progress {
        var (offset, line, size, stamp, refusedLength) = (0, 1, 0, Int64(0), 0)
        var tally = LeadTally()

        init(_ json: JSON?) {
            guard let json else { return }
            (offset, line) = (Int(json["offset"]?.int ?? 0), Int(json["line"]?.int ?? 1))
            (size, stamp) = (Int(json["size"]?.int ?? 0), json["stamp"]?.int ?? 0)
            (refusedLength, tally) = (Int(json["refused_length"]?.int ?? 0), LeadTally(json["tally"] ?? [:]))
        }

        var json: JSON {
            [
                "offset": .int(Int64(offset)), "line": .int(Int64(line)), "size": .int(Int64(size)),
                "stamp": .int(stamp), "refused_length": .int(Int64(refusedLength)), "tally": tally.json,
            ]
        }
    }

    /// Imports what is left of the file. `report` gets bytes done and bytes in all behind each commit; where it answers false,
    /// nobody wants the import any more.
    public func run(_ report: (Int, Int) async -> Bool) async throws(LeadImportFailure) -> LeadTally {
        let file = try LeadFile(source)
        var mark = try await mark()
        var progress = Progress(mark)
        if progress.offset == 0 { try file.checkEncoding() }
        guard progress.offset == 0 || (progress.size == file.size && progress.stamp == file.stamp) else {
            let place = "line \(progress.line)"
            throw LeadImportFailure("\(source.path): was changed while it was imported, at \(place); import it anew")
        }
        (progress.size, progress.stamp) = (file.size, file.stamp)
        try file.seek(to: progress.offset, line: progress.line)
        let refused = try RefusedRows(source.refusedPath, length: progress.refusedLength)
        var reader = LeadReader(list: source.list, country: source.country, plan: plan, now: now())
        while true {
            let (leads, count) = try Self.take(from: file, &reader, refused)
            guard !leads.isEmpty || count > 0 else { break }
            try refused.write()
            (progress.offset, progress.line, progress.refusedLength) = (file.offset, file.line, refused.length)
            progress.tally = try await commit(leads, refused: count, progress, was: mark)
            mark = progress.json
            guard await report(file.offset, file.size) else {
                throw LeadImportFailure("the import was ended", isRetryable: true)
            }
        }
        refused.removeIfEmpty()
        return progress.tally
    }

    private func mark() async throws(LeadImportFailure) -> JSON? {
        do throws(StoreError) { return try await store.documents.get(Self.marks, name)?.body } catch {
            throw LeadImportFailure("\(error)", isRetryable: true)
        }
    }

    /// The leads of one batch, and how many rows are none.
    private static func take(
        from file: LeadFile,
        _ reader: inout LeadReader,
        _ refused: RefusedRows
    ) throws(LeadImportFailure) -> (leads: [Lead], refused: Int) {
        var (leads, count): ([Lead], Int) = ([], 0)
        while leads.count + count < batch, let row = try file.next() {
            switch row.content {
            case .object(let object):
                do throws(FieldError) { leads.append(try reader.read(object)) } catch {
                    refused.add(line: row.line, error.description)
                    count += 1
                }
            case .refused(let reason):
                refused.add(line: row.line, reason)
                count += 1
            }
        }
        return (leads, count)
    }

    private func commit(
        _ leads: [Lead],
        refused: Int,
        _ progress: Progress,
        was before: JSON?
    ) async throws(LeadImportFailure) -> LeadTally {
        let mark = LeadTable.Mark(Self.marks, name, was: before) { outcome in
            var after = progress
            after.tally.add(outcome, refused: refused)
            return after.json
        }
        do throws(StoreError) {
            var tally = progress.tally
            tally.add(try await store.leads.add(leads, mark: mark, update: source.updates), refused: refused)
            return tally
        } catch { throw LeadImportFailure("\(error)", isRetryable: true) }
    }
}
