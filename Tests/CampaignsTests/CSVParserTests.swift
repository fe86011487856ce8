import Testing

@testable import Campaigns

@Suite struct CSVParserTests {
    private func rows(_ text: String, delimiter: Character = ",") -> [[String]] {
        let (bytes, parser) = (Array(text.utf8), CSVParser(delimiter: delimiter.asciiValue ?? 44))
        var (rows, place): ([[String]], Int) = ([], 0)
        while place < bytes.count {
            switch parser.row(in: bytes, from: place, isLast: true) {
            case .row(let values, let end):
                rows.append(
                    values.map { String(decoding: CSVParser.unquoted(bytes[$0]), as: UTF8.self) }
                )
                place = end
            case .refused(let reason, let end):
                rows.append(["!", reason])
                place = end
            case .incomplete: return rows + [["?"]]
            }
        }
        return rows
    }

    @Test func `values may be quoted, hold delimiters, line breaks and doubled quotes, and be empty`() {
        #expect(rows("a,b\r\n1,2\n") == [["a", "b"], ["1", "2"]])
        #expect(rows("\"a,\"\"b\"\"\",\"x\r\ny\"\n,\n") == [["a,\"b\"", "x\r\ny"], ["", ""]])
        #expect(rows("\"\"\"\",\"\"") == [["\"", ""]])
        #expect(rows("a;b\n\"1;2\";3", delimiter: ";") == [["a", "b"], ["1;2", "3"]])
        #expect(rows("5\" pipe,2\n") == [["5\" pipe", "2"]])
    }

    @Test func `a row that is damaged costs its own line only`() {
        #expect(
            rows("\"a\"b,1\nc,2\n") == [
                ["!", "has a letter behind a closing quote; write \"\" for a quote"], ["c", "2"],
            ]
        )
        #expect(rows("\"never\nc,2\n") == [["!", "has a quote that is not closed"], ["c", "2"]])
        let wide = String(repeating: ",", count: 1000)
        #expect(rows(wide + "\nc,2\n") == [["!", "has more than 1000 values"], ["c", "2"]])
    }

    @Test func `a row is complete with its line break, or at the end of the file`() {
        let bytes = Array("a,\"b\nc".utf8)
        let parser = CSVParser()
        #expect(parser.row(in: bytes, from: 0, isLast: false) == .incomplete)
        #expect(parser.row(in: Array("a,b".utf8), from: 0, isLast: false) == .incomplete)
        #expect(parser.row(in: Array("a,b".utf8), from: 0, isLast: true) == .row([0..<1, 2..<3], end: 3))
    }

    @Test func `the delimiter is the one that the header has most of`() {
        #expect(CSVParser(header: Array("a;b;\"x,y,z,w\"\n1,2,3,4".utf8)).delimiter == 59)
        #expect(CSVParser(header: Array("a\tb".utf8)).delimiter == 9)
        #expect(CSVParser(header: Array("phone\n1;2".utf8)).delimiter == 44)
    }

    @Test func `what is UTF-8 is known from what is not, wherever the pieces end`() {
        func problem(_ pieces: [UInt8]...) -> UInt8? {
            var check = EncodingCheck()
            for piece in pieces { if let byte = check.problem(in: piece) { return byte } }
            return check.isUnfinished ? 0 : nil
        }
        #expect(problem(Array("Grüße, 日本, 😀\n".utf8)) == nil)
        #expect(problem([0xE2, 0x82], [0xAC]) == nil)
        #expect(problem([0xE2, 0x82]) == 0)
        #expect(problem([71, 0xE9, 110]) == 110, "a letter of Latin-1")
        #expect(problem([0xC0, 0x80]) == 0xC0)
        #expect(problem([0xED, 0xA0, 0x80]) == 0xA0)
        #expect(problem([0xF4, 0x90, 0x80, 0x80]) == 0x90)
        for scalar in [0x7F, 0x80, 0x7FF, 0x800, 0xFFFF, 0x10000, 0x10FFFF] {
            let text = String(Unicode.Scalar(UInt32(scalar)) ?? "?")
            #expect(problem(Array(text.utf8)) == nil, "\(scalar)")
        }
    }
}
