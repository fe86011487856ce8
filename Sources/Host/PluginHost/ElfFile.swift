/// The tables of a 64-bit little-endian ELF file. No number in it is believed: whatever points outside reads as nothing.
struct ElfFile {
    struct Section {
        let name: String
        let type: UInt32
        let offset: Int
        let size: Int
        /// For a symbol table: the section of its names.
        let link: Int
    }

    private let bytes: [UInt8]
    private static let dynamicSymbols: UInt32 = 11
    private static let uninitialised: UInt32 = 8

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Nil where the table lies outside the file.
    var sections: [Section]? {
        guard let table = offset(40), table >= 64 else { return nil }
        let (size, count, index) = (Int(word16(58)), Int(word16(60)), Int(word16(62)))
        guard size >= 64, count > 0, index < count, table <= bytes.count, table + size * count <= bytes.count else {
            return nil
        }
        let names = offset(table + index * size + 24) ?? bytes.count
        return (0..<count).map { number in
            let start = table + number * size
            let type = word32(start + 4)
            return Section(
                name: text(names + Int(word32(start))),
                type: type,
                offset: offset(start + 24) ?? bytes.count,
                size: type == Self.uninitialised ? 0 : offset(start + 32) ?? 0,
                link: Int(word32(start + 40))
            )
        }
    }

    /// Whether all that would be mapped is in the file.
    var hasWholeSegments: Bool {
        guard let table = offset(32) else { return false }
        let (size, count) = (Int(word16(54)), Int(word16(56)))
        guard size >= 56, count > 0, table + size * count <= bytes.count else { return false }
        return (0..<count).allSatisfy { number in
            let start = table + number * size
            guard word32(start) == 1 else { return true }
            guard let offset = offset(start + 8), let length = self.offset(start + 32) else { return false }
            return offset + length <= bytes.count
        }
    }

    /// The defined global names of the dynamic symbol table.
    func exports(of sections: [Section]) -> [ElfImage.Export] {
        guard let symbols = sections.first(where: { $0.type == Self.dynamicSymbols }), symbols.link < sections.count
        else { return [] }
        let names = sections[symbols.link].offset
        return stride(from: symbols.offset, to: min(symbols.offset + symbols.size, bytes.count - 23), by: 24)
            .compactMap { entry in
                let binding = bytes[entry + 4] >> 4
                guard binding == 1 || binding == 2 || binding == 10, word16(entry + 6) != 0 else { return nil }
                return ElfImage.Export(name: text(names + Int(word32(entry))), isUnique: binding == 10)
            }
    }

    // MARK: Numbers

    /// A 64-bit offset or size; nil where no file can be that large.
    private func offset(_ at: Int) -> Int? {
        let value = UInt64(word32(at)) | UInt64(word32(at + 4)) << 32
        return value < 1 << 40 ? Int(value) : nil
    }

    func word16(_ at: Int) -> UInt16 {
        guard at >= 0, at + 2 <= bytes.count else { return 0 }
        return UInt16(bytes[at]) | UInt16(bytes[at + 1]) << 8
    }

    private func word32(_ at: Int) -> UInt32 { UInt32(word16(at)) | UInt32(word16(at + 2)) << 16 }

    private func text(_ at: Int) -> String {
        guard at > 0, at < bytes.count else { return "" }
        return String(decoding: bytes[at...].prefix(256).prefix { $0 != 0 }, as: UTF8.self)
    }
}
