import JSONKit
import WarehouseKit

/// The rows of one table as JSONEachRow.
struct RowLines {
    let bytes: [UInt8]

    /// `inSeconds`: the column `at` takes no fraction.
    init(_ part: Batch.Part, inSeconds: Bool) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(part.rows.count * 256)
        for row in part.rows {
            var separator = UInt8(ascii: "{")
            for (column, value) in zip(part.table.columns, row) where !value.isNull {
                bytes.append(separator)
                separator = UInt8(ascii: ",")
                JSON.string(column.name).write(into: &bytes)
                bytes.append(UInt8(ascii: ":"))
                Self.value(value, column.type, inSeconds).write(into: &bytes)
            }
            bytes += [UInt8(ascii: "}"), UInt8(ascii: "\n")]
        }
        self.bytes = bytes
    }

    private static func value(_ value: JSON, _ type: ColumnType, _ inSeconds: Bool) -> JSON {
        switch type {
        case .boolean: return .int(value.bool == true ? 1 : 0)
        case .time:
            let text = value.string.flatMap(Instant.init(parsing:))?.spaced ?? ""
            return .string(inSeconds ? String(text.prefix(19)) : text)
        default: return value
        }
    }
}
