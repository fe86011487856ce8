/// How often the law lets somebody be called about the same.
struct RegionCap: Sendable, Equatable {
    let attempts: Int
    let hours: Int
}
