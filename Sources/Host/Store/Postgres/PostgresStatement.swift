import CPostgres

/// One statement of PostgreSQL: it runs at the first `step`, whose rows are then all here.
final class PostgresStatement: EngineStatement {
    private let engine: PostgresEngine
    private let sql: String
    private var values: [PostgresValue] = []
    private var result: OpaquePointer?
    private var row: Int32 = -1

    init(_ engine: PostgresEngine, _ sql: String) { (self.engine, self.sql) = (engine, sql) }

    deinit { PQclear(result) }

    func bind(_ index: Int32, _ text: String) { set(index, .text(text)) }
    func bind(_ index: Int32, _ number: Int64) { set(index, .text(String(number))) }
    func bind(_ index: Int32, _ bytes: [UInt8]) { set(index, .bytes(bytes)) }

    private func set(_ index: Int32, _ value: PostgresValue) {
        while values.count < index { values.append(.none) }
        values[Int(index) - 1] = value
    }

    func step() throws(StoreError) -> Bool {
        if result == nil { result = try engine.query(sql, values) }
        row += 1
        return row < PQntuples(result)
    }

    func reset() {
        PQclear(result)
        (result, row, values) = (nil, -1, [])
    }

    func int(_ column: Int32) -> Int64 { Int64(text(column)) ?? 0 }

    func text(_ column: Int32) -> String {
        guard let value = PQgetvalue(result, row, column) else { return "" }
        let count = Int(PQgetlength(result, row, column))
        return String(decoding: UnsafeRawBufferPointer(start: value, count: count), as: UTF8.self)
    }

    /// `\x` and hexadecimal digits.
    func bytes(_ column: Int32) -> [UInt8] {
        let digits = Array(text(column).utf8.dropFirst(2))
        func value(_ digit: UInt8) -> UInt8 { digit < 58 ? digit - 48 : digit - 87 }
        return stride(from: 0, to: digits.count - 1, by: 2).map { value(digits[$0]) << 4 | value(digits[$0 + 1]) }
    }
}
