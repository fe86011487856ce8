import Calls
import Core
import IO
import JSONKit
import PluginHost
import Routes

/// Runs the tools of agents: requests to other people's servers, searches, notes for the CRM. Any thread; ends within each
/// tool's own time.
struct ToolRunner: Sendable {
    let http: HTTPClient
    let secrets: HostServices
    let routes: RouteTable
    let search: @Sendable (_ collection: String, _ text: String, _ limit: Int) async -> [Passage]?

    /// More of an answer than this is no answer for a conversation.
    private static let longestAnswer = 64 << 10

    func run(_ request: ToolRequest) async -> ToolOutcome {
        switch request.tool.work {
        case .http(let work): await ask(work, request)
        case .lookup(let collection): await look(in: collection, request)
        case .crm(let type): await note(type, request)
        case .endCall, .setSlot, .transfer, .handover: .failed("this tool is not run elsewhere")
        }
    }

    // MARK: HTTP

    private func ask(_ work: Tool.HTTPWork, _ request: ToolRequest) async -> ToolOutcome {
        let client: ClientRequest
        do throws(ToolProblem) { client = try prepare(work, request) } catch { return .failed(error.text) }
        let response: HTTPResponse
        do throws(IOFailure) { response = try await http.fetch(client, limit: Self.longestAnswer) } catch {
            return .failed("\(request.tool.name): \(error)")
        }
        let json = response.body.withUnsafeBytes { bytes in try? JSON(parsing: bytes) }
        guard (200..<300).contains(response.status) else {
            let text = json?["error"]?["message"]?.string ?? json?["error"]?.string ?? json?["message"]?.string
            return .failed("\(request.tool.name): HTTP \(response.status)\(text.map { ": \($0)" } ?? "")")
        }
        if response.body.isEmpty { return .answered([:]) }
        return .answered(json ?? ["text": .string(String(decoding: response.body, as: UTF8.self))])
    }

    private struct ToolProblem: Error { let text: String }

    /// Arguments that the address does not name go into the query, or, where there is a body, into it.
    private func prepare(_ work: Tool.HTTPWork, _ request: ToolRequest) throws(ToolProblem) -> ClientRequest {
        var (url, rest) = (work.url, request.arguments.object ?? [:])
        for (name, value) in rest where url.contains("{\(name)}") {
            url = url.replacing("{\(name)}", with: Self.encoded(Self.text(value)))
            rest[name] = nil
        }
        guard !url.contains("{") else {
            throw ToolProblem(text: "\(request.tool.name): an argument of the address is missing")
        }
        let hasBody = ["POST", "PUT", "PATCH"].contains(work.method)
        if !hasBody, !rest.isEmpty {
            let query = rest.map { "\(Self.encoded($0.key))=\(Self.encoded(Self.text($0.value)))" }.joined(
                separator: "&"
            )
            url += (url.contains("?") ? "&" : "?") + query
        }
        var client = ClientRequest(work.method, url, headers: [("accept", "application/json")])
        if hasBody {
            client.headers.append(("content-type", "application/json"))
            JSON.object(rest).write(into: &client.body)
        }
        for (name, value) in work.headers.sorted(by: { $0.key < $1.key }) {
            client.headers.append((name, try withSecrets(value, request.tool.name)))
        }
        client.totalTimeout = request.tool.timeout
        client.isPrivateAllowed = work.isPrivateAllowed
        return client
    }

    /// `{secret:NAME}` becomes the secret.
    private func withSecrets(_ text: String, _ tool: String) throws(ToolProblem) -> String {
        var (result, rest) = ("", text[...])
        while let open = rest.firstRange(of: "{secret:"), let close = rest[open.upperBound...].firstIndex(of: "}") {
            let name = String(rest[open.upperBound..<close])
            guard let secret = secrets.secret(name) else {
                throw ToolProblem(text: "\(tool): the secret \(name) is not there")
            }
            result += rest[..<open.lowerBound] + secret
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }

    private static func text(_ value: JSON) -> String { value.string ?? value.description }

    /// RFC 3986: everything but the unreserved characters.
    private static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            let scalar = UnicodeScalar(byte)
            if scalar.isASCII,
                scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "-._~".unicodeScalars.contains(scalar)
            {
                result.unicodeScalars.append(scalar)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return result
    }

    // MARK: Here

    private func look(in collection: String, _ request: ToolRequest) async -> ToolOutcome {
        let found = await search(collection, request.arguments["query"]?.string ?? "", 3)
        guard let found else { return .failed("\(request.tool.name): \(collection) could not be searched") }
        return .answered([
            "passages": .array(found.map { ["text": .string($0.text), "document": .string($0.document)] })
        ])
    }

    private func note(_ type: String, _ request: ToolRequest) async -> ToolOutcome {
        let event = Event(.toolCalled, key: request.call.rawValue, data: [:])
        var data: JSONObject = ["call_id": .string(request.call.rawValue), "note": request.arguments]
        // Whom the note is about; the call itself is told of only when it is over.
        if !request.phone.isEmpty { data["phone"] = .string(request.phone) }
        let record: JSON = [
            "id": .string(event.id.rawValue), "type": .string(type), "at": .string(event.at.description),
            "data": .object(data),
        ]
        do throws(RouteFailure) {
            let answers = try await routes.ask(
                .crm,
                .json(record),
                key: request.call.rawValue,
                within: request.tool.timeout
            )
            for case .json(let answer) in answers { return .answered(["reference": answer["reference"] ?? .null]) }
            return .answered([:])
        } catch { return .failed("\(request.tool.name): \(error.message)") }
    }
}
