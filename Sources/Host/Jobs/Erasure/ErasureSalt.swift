import JSONKit
import Store

/// What digests of persons are made with: random, the store's own, and the same for all hosts that share it.
enum ErasureSalt {
    private static let place = (collection: "privacy", name: "salt")

    static func read(_ documents: Documents) async throws(StoreError) -> String {
        func stored() async throws(StoreError) -> String? {
            try await documents.get(place.collection, place.name)?.body["salt"]?.string
        }
        if let salt = try await stored() { return salt }
        let salt = (0..<4).map { _ in String(UInt64.random(in: .min ... .max), radix: 16) }.joined()
        do throws(StoreError) {
            try await documents.put(place.collection, place.name, ["salt": .string(salt)], ifRevision: 0)
            return salt
        } catch {
            // Another host was faster.
            if case .revisionConflict = error, let salt = try await stored() { return salt }
            throw error
        }
    }
}
