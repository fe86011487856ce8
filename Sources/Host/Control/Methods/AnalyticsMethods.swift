import Core
import JSONKit
import Routes
import WarehouseKit

/// analytics.*: the ready-made questions, through the warehouse route.
struct AnalyticsMethods: Sendable {
    let services: Services

    /// Less than the method's deadline, so that it is the warehouse's slowness that is reported.
    private static let patience: Duration = .seconds(28)

    var methods: [Method] { [.quick("analytics.list", list), .slow("analytics.query", query)] }

    private func list(_ parameters: Parameters) throws(Failure) -> JSON {
        [
            "items": .array(
                WarehouseKit.Question.allCases.map { question in
                    [
                        "name": .string(question.rawValue), "summary": .string(question.summary),
                        "columns": .array(question.columns.map { .string($0.name) }),
                        "measure": .string(question.measure),
                    ]
                }
            )
        ]
    }

    private func query(_ parameters: Parameters) async throws(Failure) -> JSON {
        let question = try Self.question(parameters.string("name"))
        let window: Window
        do throws(FieldError) {
            window = try Window(
                from: parameters.optionalString("from"),
                to: parameters.optionalString("to"),
                limit: parameters.int("limit"),
                now: Instant(unixMilliseconds: Timestamp.now().unixMilliseconds)
            )
        } catch { throw Failure(error) }
        let answer = try await ask([
            "op": "query", "name": .string(question.rawValue), "from": .string(window.from.description),
            "to": .string(window.to.description), "limit": .int(Int64(window.limit)),
        ])
        guard let columns = answer["columns"], let rows = answer["rows"] else {
            throw Failure(.pluginFailed, "the warehouse's answer has no columns and rows: \(answer)")
        }
        return [
            "name": .string(question.rawValue), "from": .string(window.from.description),
            "to": .string(window.to.description), "columns": columns, "rows": rows,
            "measure": .string(question.measure),
        ]
    }

    private static func question(_ name: String) throws(Failure) -> WarehouseKit.Question {
        if let question = WarehouseKit.Question(rawValue: name) { return question }
        let known = WarehouseKit.Question.allCases.map(\.rawValue).joined(separator: ", ")
        throw Failure(.notFound, "name: no question is called \(name); there are \(known)", field: "name")
    }

    private func ask(_ request: JSON) async throws(Failure) -> JSON {
        guard services.routes.get("warehouse") != nil else {
            throw Failure(
                .notFound,
                "there is no warehouse route: load warehouse-sqlite, warehouse-clickhouse or warehouse-snowflake and name "
                    + "it in routes.warehouse of the configuration, or with `patchbay route set warehouse`"
            )
        }
        do throws(RouteFailure) {
            let answers = try await services.routes.ask(.warehouse, .json(request), within: Self.patience)
            for case .json(let answer) in answers { return answer }
        } catch {
            if error.isAboutTheRequest { throw Failure(.invalidParameters, error.message) }
            throw Failure(error)
        }
        throw Failure(.pluginFailed, "the warehouse gave no answer")
    }
}
