public import JSONKit
import Synchronization

/// The figures of the process, as Prometheus reads them. Any thread.
///
/// Ask for a metric once and keep it: looking it up takes a lock, using it does not.
public final class Metrics: Sendable {
    public static let shared = Metrics()

    public typealias Labels = [(name: String, value: String)]

    private enum Instrument: Sendable {
        case counter(Counter)
        case gauge(Gauge)
        case histogram(Histogram)
    }

    private struct Family: Sendable {
        let help: String
        let type: String
        var series: [(labels: String, instrument: Instrument)] = []
    }

    private let families = Mutex<[String: Family]>([:])

    public init() {}

    public func counter(_ name: String, help: String, labels: Labels = []) -> Counter {
        let made = find(name, help, "counter", labels) { .counter(Counter()) }
        if case .counter(let counter) = made { return counter }
        return Counter()
    }

    public func gauge(_ name: String, help: String, labels: Labels = []) -> Gauge {
        let made = find(name, help, "gauge", labels) { .gauge(Gauge()) }
        if case .gauge(let gauge) = made { return gauge }
        return Gauge()
    }

    public func histogram(_ name: String, help: String, bounds: [Double], labels: Labels = []) -> Histogram {
        let made = find(name, help, "histogram", labels) { .histogram(Histogram(bounds: bounds)) }
        if case .histogram(let histogram) = made { return histogram }
        return Histogram(bounds: bounds)
    }

    private func find(
        _ name: String,
        _ help: String,
        _ type: String,
        _ labels: Labels,
        _ make: () -> Instrument
    ) -> Instrument {
        let text = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
        return families.withLock { families in
            var family = families[name] ?? Family(help: help, type: type)
            if let known = family.series.first(where: { $0.labels == text }) { return known.instrument }
            let instrument = make()
            // A name that is used for two types would break the page: the second one counts for nobody.
            guard family.type == type else { return instrument }
            family.series.append((text, instrument))
            families[name] = family
            return instrument
        }
    }

    /// The page in Prometheus' text format 0.0.4: families by name, histograms cumulative and consistent.
    public func render() -> String {
        let families = families.withLock { $0 }
        var page = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            page +=
                "# HELP \(name) \(family.help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n"))\n# TYPE \(name) \(family.type)\n"
            for (labels, instrument) in family.series { Self.render(name, labels, instrument, into: &page) }
        }
        return page
    }

    private static func render(_ name: String, _ labels: String, _ instrument: Instrument, into page: inout String) {
        let braces = labels.isEmpty ? "" : "{\(labels)}"
        switch instrument {
        case .counter(let counter): page += "\(name)\(braces) \(counter.value)\n"
        case .gauge(let gauge): page += "\(name)\(braces) \(number(gauge.value))\n"
        case .histogram(let histogram):
            let snapshot = histogram.snapshot
            let prefix = labels.isEmpty ? "" : labels + ","
            var seen: UInt64 = 0
            for (bound, count) in zip(histogram.bounds.map(number) + ["+Inf"], snapshot.counts) {
                seen += count
                page += "\(name)_bucket{\(prefix)le=\"\(bound)\"} \(seen)\n"
            }
            page += "\(name)_sum\(braces) \(number(snapshot.sum))\n\(name)_count\(braces) \(seen)\n"
        }
    }

    /// The same figures as JSON: `{name: [{labels, value} or {labels, count, sum}]}`.
    public func snapshot() -> JSON {
        let families = families.withLock { $0 }
        var result = JSONObject()
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            result[name] = .array(
                family.series.map { labels, instrument in
                    switch instrument {
                    case .counter(let counter):
                        ["labels": .string(labels), "value": .int(Int64(clamping: counter.value))]
                    case .gauge(let gauge): ["labels": .string(labels), "value": .double(gauge.value)]
                    case .histogram(let histogram):
                        [
                            "labels": .string(labels), "count": .int(Int64(clamping: histogram.snapshot.count)),
                            "sum": .double(histogram.snapshot.sum),
                        ]
                    }
                }
            )
        }
        return .object(result)
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: value).map(String.init) ?? value.description
    }

    private static func escaped(_ value: String) -> String {
        var result = ""
        for character in value {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
        return result
    }
}
