import Core
import IO

/// `/metrics` in Prometheus' text format, with the process's own figures.
enum MetricsPage {
    static func response() -> HTTPResponse {
        HTTPResponse(
            status: 200,
            headers: [("content-type", "text/plain; version=0.0.4; charset=utf-8")],
            body: Array((Metrics.shared.render() + ProcessFigures.text).utf8)
        )
    }
}
