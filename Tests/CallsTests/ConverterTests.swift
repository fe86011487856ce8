import Testing

@testable import Calls

@Suite struct ConverterTests {
    @Test func `audio reaches a plugin of another rate at its length and comes back at the line's`() {
        var up = Converter()
        var down = Converter()
        let frame = [Int16](repeating: 1000, count: 160)
        var there = 0
        var back = 0
        for _ in 0..<50 {
            let converted = up.convert(frame.span, from: 8000, to: 16_000)
            there += converted.count
            back += down.convert(converted.span, from: 16_000, to: 8000).count
        }
        #expect(abs(there - 16_000) < 320)
        #expect(abs(back - 8000) < 320)
    }
}
