public import Core
public import JSONKit
public import Store

extension CampaignReporter {
    /// Makes a day's report and keeps it, so that it stays what it was when leads and attempts are gone.
    public func keep(
        _ name: String,
        _ day: CivilDay,
        price: CallPrice = CallPrice(),
        at now: Timestamp
    ) async throws(StoreError) -> JSON {
        let report = try await report(on: name, day: day, price: price, at: now).json
        try await store.documents.put(Self.collection, Self.name(name, day), report)
        return report
    }

    /// The report that was kept of a day; nil: none was.
    public func kept(_ name: String, _ day: CivilDay) async throws(StoreError) -> JSON? {
        try await store.documents.get(Self.collection, Self.name(name, day))?.body
    }

    private static func name(_ campaign: String, _ day: CivilDay) -> String { "\(campaign)/\(day)" }
}
