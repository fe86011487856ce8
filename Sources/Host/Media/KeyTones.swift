import Glibc

/// The tones of a telephone's keys (ITU-T Q.23): two exact frequencies at once, 100 ms each, with 100 ms of silence behind.
public enum KeyTones {
    /// The keys that have tones.
    public static let keys = "0123456789*#ABCD"
    /// The most keys at once.
    public static let most = 100

    private static let low = [697.0, 770, 852, 941]
    private static let high = [1209.0, 1336, 1477, 1633]
    private static let rows = ["123A", "456B", "789C", "*0#D"]
    /// Each tone is about 9 decibels below full scale, well within what exchanges accept.
    private static let amplitude = 8000.0
    private static let length = 800

    /// The two frequencies of a key in hertz; nil: it has none.
    public static func frequencies(of key: Character) -> (low: Double, high: Double)? {
        for (row, keys) in rows.enumerated() {
            if let column = keys.firstIndex(of: key) {
                return (low[row], high[keys.distance(from: keys.startIndex, to: column)])
            }
        }
        return nil
    }

    /// 8 kHz audio of the keys; `w` is half a second of silence. Nil: one of them has no tone, or there are none or too many.
    public static func audio(_ digits: String) -> [Int16]? {
        guard (1...most).contains(digits.count) else { return nil }
        var result: [Int16] = []
        for key in digits.uppercased() {
            if key == "W" {
                result += repeatElement(0, count: 4000)
                continue
            }
            guard let (low, high) = frequencies(of: key) else { return nil }
            for index in 0..<length {
                let time = 2 * Double.pi * Double(index) / 8000
                result.append(Int16(amplitude * (sin(low * time) + sin(high * time))))
            }
            result += repeatElement(0, count: length)
        }
        return result
    }
}
