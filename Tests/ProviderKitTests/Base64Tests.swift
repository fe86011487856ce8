import ProviderKit
import Testing

@Suite struct Base64Tests {
    @Test func `the test vectors of RFC 4648 come out, and go back in`() {
        let vectors = ["": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "fooba": "Zm9vYmE="]
        for (plain, text) in vectors {
            #expect(Base64.encode(plain.utf8) == text)
            #expect(Base64.decode(text) == Array(plain.utf8))
            #expect(Base64.decode(text.filter { $0 != "=" }) == Array(plain.utf8))
        }
    }

    @Test func `the form for addresses has its own two characters and no padding`() {
        let bytes: [UInt8] = [0xFB, 0xFF, 0xBF, 0xFE]
        #expect(Base64.encode(bytes) == "+/+//g==")
        #expect(Base64.encode(bytes, .url) == "-_-__g")
        #expect(Base64.decode("-_-__g") == bytes)
        #expect(Base64.decode("+/+/\r\n/g==\n") == bytes)
    }

    @Test func `pieces of any size make the same text and the same bytes`() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7919) }
        let whole = Base64.encode(bytes)
        for size in [1, 2, 3, 4, 5, 320] {
            var encoder = Base64Encoder()
            var decoder = Base64Decoder()
            var text: [UInt8] = []
            var back: [UInt8] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                Array(bytes[start..<min(start + size, bytes.count)]).withUnsafeBytes { encoder.append($0, to: &text) }
            }
            encoder.finish(to: &text)
            #expect(String(decoding: text, as: UTF8.self) == whole)
            for start in stride(from: 0, to: text.count, by: size) {
                let isFine = Array(text[start..<min(start + size, text.count)]).withUnsafeBytes {
                    decoder.append($0, to: &back)
                }
                #expect(isFine)
            }
            let isWhole = decoder.finish(to: &back)
            #expect(isWhole)
            #expect(back == bytes)
        }
    }

    @Test(arguments: ["Zg=", "Z", "Zg==Zg==", "Zm9v!", "Zm 9v", "Zg===", "====", "Zm9vYmE=="])
    func `a text that is cut or has strangers in it is none`(text: String) { #expect(Base64.decode(text) == nil) }
}
