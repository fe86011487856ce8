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

    /// How the page is written.
    public enum Format: Sendable {
        /// Prometheus' text format 0.0.4.
        case text
        /// OpenMetrics 1.0.0, with exemplars; what follows the last family is `# EOF`, which the caller writes.
        case openMetrics
    }

    /// The page: families by name, histograms cumulative and consistent.
    public func render(_ format: Format = .text) -> String {
        let families = families.withLock { $0 }
        var page = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            let title = Self.family(name, family.type, format)
            page += "# HELP \(title) \(Self.help(family.help, format))\n# TYPE \(title) \(family.type)\n"
            for (labels, instrument) in family.series { Self.render(name, labels, instrument, format, into: &page) }
        }
        return page
    }

    /// OpenMetrics names a family of counters without its `_total`.
    public static func family(_ name: String, _ type: String, _ format: Format) -> String {
        format == .openMetrics && type == "counter" && name.hasSuffix("_total") ? String(name.dropLast(6)) : name
    }

    private static func help(_ text: String, _ format: Format) -> String {
        format == .openMetrics
            ? escaped(text) : text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }

    /// What is written behind a bucket: the newest observation in it that has a name.
    private static func exemplar(_ exemplar: Histogram.Exemplar?) -> String {
        guard let exemplar else { return "" }
        let seconds = Double(exemplar.at.unixMilliseconds) / 1000
        return " # {call_id=\"\(escaped(exemplar.call))\"} \(exemplar.value) \(seconds)"
    }

    private static func render(
        _ name: String,
        _ labels: String,
        _ instrument: Instrument,
        _ format: Format,
        into page: inout String
    ) {
        let braces = labels.isEmpty ? "" : "{\(labels)}"
        switch instrument {
        case .counter(let counter): page += "\(name)\(braces) \(counter.value)\n"
        case .gauge(let gauge): page += "\(name)\(braces) \(number(gauge.value))\n"
        case .histogram(let histogram):
            let snapshot = histogram.snapshot
            let prefix = labels.isEmpty ? "" : labels + ","
            var seen: UInt64 = 0
            let exemplars = format == .openMetrics ? snapshot.exemplars : []
            for (index, bound) in (histogram.bounds.map(number) + ["+Inf"]).enumerated() {
                seen += snapshot.counts[index]
                let example = exemplars.isEmpty ? "" : exemplar(exemplars[index])
                page += "\(name)_bucket{\(prefix)le=\"\(bound)\"} \(seen)\(example)\n"
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
