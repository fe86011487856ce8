import Core
public import IO

/// `/metrics` in Prometheus' text format, with the process's own figures; for scrapers that read it in OpenMetrics, where
/// slow turns name their calls.
public enum MetricsPage {
    /// Answers a scraper.
    public static func response(_ request: HTTPRequest) -> HTTPResponse {
        let isOpen = accepts(request.header("accept") ?? "")
        let type =
            isOpen
            ? "application/openmetrics-text; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8"
        let format = isOpen ? Metrics.Format.openMetrics : .text
        let page = Metrics.shared.render(format) + ProcessFigures.text(format) + (isOpen ? "# EOF\n" : "")
        return HTTPResponse(status: 200, headers: [("content-type", type)], body: Array(page.utf8))
    }

    /// Whether a scraper takes OpenMetrics, and does not rule it out by a quality of 0.
    private static func accepts(_ header: String) -> Bool {
        header.lowercased().split(separator: ",").contains { offer in
            let parts = offer.split(separator: ";").map { $0.filter { $0 != " " } }
            return parts.first == "application/openmetrics-text" && !parts.contains { $0 == "q=0" || $0 == "q=0.0" }
        }
    }
}
