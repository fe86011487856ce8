import CHNSW

/// How near two vectors are.
public enum Metric: String, Sendable, CaseIterable {
    case cosine, dot, euclid

    var native: UInt32 {
        switch self {
        case .cosine: HNSW_COSINE.rawValue
        case .dot: HNSW_DOT.rawValue
        case .euclid: HNSW_EUCLID.rawValue
        }
    }

    /// What people expect of a score: higher is nearer.
    func score(_ distance: Float) -> Double {
        switch self {
        case .cosine: 1 - Double(distance)
        case .dot: -Double(distance)
        case .euclid: -Double(distance).squareRoot()
        }
    }
}
