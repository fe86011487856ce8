import Core
import JSONKit

/// The parameters of a request, checked against the method's schema, with the schema's defaults filled in. A member that
/// is not there reads as empty.
struct Parameters: Sendable {
    let object: JSONObject

    subscript(_ name: String) -> JSON? { object[name] }

    /// Where the schema requires the member or gives it a default.
    func string(_ name: String) -> String { object[name]?.string ?? "" }

    func optionalString(_ name: String) -> String? { object[name]?.string }

    func int(_ name: String) -> Int { Int(object[name]?.int ?? 0) }

    func bool(_ name: String) -> Bool { object[name]?.bool ?? false }

    func strings(_ name: String) -> [String] { (object[name]?.array ?? []).compactMap(\.string) }

    func json(_ name: String) -> JSON { object[name] ?? [:] }

    /// A number of seconds.
    func duration(_ name: String) -> Duration? { object[name]?.double.map { .seconds($0) } }
}
