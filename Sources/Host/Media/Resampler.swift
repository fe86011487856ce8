internal import CSpeexDSP

/// Changes the rate of a stream of samples (speexdsp). Only for plugins that ask for another rate than the line's: it
/// costs 2 to 7 us a frame and delays by `latency`. Allocates when made and when a longer piece comes than before; not
/// thread-safe.
public struct Resampler: ~Copyable {
    public let inputRate: Int
    public let outputRate: Int
    private let state: OpaquePointer
    private var output: [Int16] = []

    /// - Parameters:
    ///   - from: samples a second of what is passed in, 1 to 768,000.
    ///   - to: samples a second of what comes out.
    ///   - quality: 0 (fast) to 10 (best); 3 is made for telephony.
    /// - Throws: `MediaError.resampler` for a rate or quality that does not exist.
    public init(from: Int, to: Int, quality: Int = 3) throws(MediaError) {
        guard (1...768_000).contains(from), (1...768_000).contains(to) else {
            throw .resampler(from: from, to: to, why: "rates lie between 1 and 768,000 Hz")
        }
        guard (0...10).contains(quality) else {
            throw .resampler(from: from, to: to, why: "quality lies between 0 and 10")
        }
        var code: Int32 = 0
        guard let state = speex_resampler_init(1, UInt32(from), UInt32(to), Int32(quality), &code) else {
            throw .resampler(from: from, to: to, why: String(cString: speex_resampler_strerror(code)))
        }
        self.state = state
        inputRate = from
        outputRate = to
    }

    deinit { speex_resampler_destroy(state) }

    /// By how many output samples what comes out lags what went in.
    public var latency: Int { Int(speex_resampler_get_output_latency(state)) }

    /// Converts a piece and passes on what it yields, which may be a sample more or less than the ratio says.
    public mutating func process(_ samples: Span<Int16>, _ body: (Span<Int16>) -> Void) {
        let room = (samples.count * outputRate + inputRate - 1) / inputRate + 8
        if output.count < room { output = [Int16](repeating: 0, count: room) }
        var rest = samples
        while !rest.isEmpty {
            var consumed = UInt32(rest.count)
            var produced = UInt32(output.count)
            let state = state
            let code = rest.withUnsafeBufferPointer { input in
                output.withUnsafeMutableBufferPointer { output in
                    speex_resampler_process_int(state, 0, input.baseAddress, &consumed, output.baseAddress, &produced)
                }
            }
            // The only failure is a null pointer; and a step that moves nothing would never end.
            guard code == 0, consumed + produced > 0 else { return }
            if produced > 0 { body(output.span.extracting(first: Int(produced))) }
            rest = rest.extracting(droppingFirst: Int(consumed))
        }
    }

    /// Passes on what is still inside after the last piece: `latency` samples.
    public mutating func drain(_ body: (Span<Int16>) -> Void) {
        let silence = [Int16](repeating: 0, count: Int(speex_resampler_get_input_latency(state)))
        process(silence.span, body)
    }
}
