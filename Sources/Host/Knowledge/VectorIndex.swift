import CHNSW

/// The graph over the vectors of one collection. Not `Sendable`: whoever owns it decides who searches when.
struct VectorIndex: ~Copyable {
    private let handle: OpaquePointer
    let dimension: Int

    init(dimension: Int, metric: Metric) throws(KnowledgeError) {
        var options = hnsw_options()
        options.dimension = UInt32(clamping: dimension)
        options.metric = metric.native
        options.seed = 0x5061_7463_6862_6179
        var created: OpaquePointer?
        try Self.check(hnsw_create(&options, &created))
        guard let created else { throw .storage("out of memory") }
        (handle, self.dimension) = (created, dimension)
    }

    /// Loads a file; fails for one that is cut off, changed, or of another shape.
    init(path: String, dimension: Int, metric: Metric) throws(KnowledgeError) {
        var loaded: OpaquePointer?
        try Self.check(hnsw_load(path, &loaded))
        guard let loaded else { throw .storage("out of memory") }
        let found = hnsw_describe(loaded)
        guard Int(found.dimension) == dimension, found.metric == metric.native else {
            hnsw_destroy(loaded)
            throw .storage("\(path) is the index of another collection")
        }
        (handle, self.dimension) = (loaded, dimension)
    }

    deinit { hnsw_destroy(handle) }

    /// Vectors inserted so far, deleted ones included.
    var count: Int { Int(hnsw_count(handle)) }
    var deleted: Int { Int(hnsw_deleted(handle)) }

    /// The number of the vector, counted from 0.
    func insert(_ vector: [Float]) throws(KnowledgeError) -> Int {
        guard vector.count == dimension else { throw .dimensionMismatch(expected: dimension, found: vector.count) }
        var node: UInt32 = 0
        try Self.check(hnsw_insert(handle, vector, &node))
        return Int(node)
    }

    func delete(_ node: Int) { _ = hnsw_delete(handle, UInt32(node)) }

    /// The nearest vectors that the filter admits, nearest first.
    func search(
        _ query: [Float],
        limit: Int,
        ef: Int,
        where admits: ((Int) -> Bool)?
    ) throws(KnowledgeError) -> [(node: Int, distance: Float)] {
        guard query.count == dimension else { throw .dimensionMismatch(expected: dimension, found: query.count) }
        var results = [hnsw_result](repeating: hnsw_result(), count: limit)
        var count: UInt32 = 0
        let status: hnsw_status
        if let admits {
            let filter = Filter(admits)
            status = hnsw_search(
                handle,
                query,
                UInt32(limit),
                UInt32(ef),
                { context, node in
                    guard let context else { return 0 }
                    return Unmanaged<Filter>.fromOpaque(context).takeUnretainedValue().admits(Int(node)) ? 1 : 0
                },
                Unmanaged.passUnretained(filter).toOpaque(),
                &results,
                &count
            )
            withExtendedLifetime(filter) {}
        } else {
            status = hnsw_search(handle, query, UInt32(limit), UInt32(ef), nil, nil, &results, &count)
        }
        try Self.check(status)
        return results.prefix(Int(count)).map { (Int($0.node), $0.distance) }
    }

    func save(_ path: String) throws(KnowledgeError) { try Self.check(hnsw_save(handle, path)) }

    private static func check(_ status: hnsw_status) throws(KnowledgeError) {
        switch status {
        case HNSW_OK: return
        case HNSW_INVALID: throw .invalid("a vector that cannot be used: it has a number that is none, or only zeros")
        case HNSW_CORRUPT: throw .storage("the index file is damaged")
        case HNSW_UNREADABLE: throw .storage("the index file cannot be read or written")
        default: throw .storage("out of memory")
        }
    }
}

/// Carries a closure through C.
private final class Filter {
    let admits: (Int) -> Bool

    init(_ admits: @escaping (Int) -> Bool) { self.admits = admits }
}
