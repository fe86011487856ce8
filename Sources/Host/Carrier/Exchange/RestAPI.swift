import Core
import IO
import JSONKit

/// The carrier's REST API, as far as hosts use it. Confined to the exchange's loop.
struct RestAPI {
    let exchange: Exchange
    private static let mostTwiml = 4000
    private static let mostListed = 1000

    /// `parts` is the path: `2010-04-01`, `Accounts`, the account, and what follows.
    func handle(_ request: HTTPRequest, _ parts: [String], _ respond: @escaping (HTTPResponse) -> Void) {
        guard isAuthentic(request) else {
            return respond(Self.problem(401, 20003, "Authentication Error - invalid username"))
        }
        guard parts.count >= 4, parts[1] == "Accounts", parts[2] == exchange.account.sid else {
            return respond(Self.missing(request.path))
        }
        switch (request.method, parts[3], parts.count) {
        case ("POST", "Calls.json", 4): place(request, respond)
        case ("GET", "Calls.json", 4): respond(list(request))
        case ("GET", "Calls", 5), ("POST", "Calls", 5):
            guard parts[4].hasSuffix(".json"), let number = exchange.number(String(parts[4].dropLast(5))) else {
                return respond(Self.missing(request.path))
            }
            if request.method == "POST" { update(number, request, respond) } else { respond(show(number)) }
        default: respond(Self.missing(request.path))
        }
    }

    private func isAuthentic(_ request: HTTPRequest) -> Bool {
        guard let header = request.header("authorization"), header.lowercased().hasPrefix("basic "),
            let given = Base64.decode(String(header.dropFirst(6)))
        else { return false }
        return String(decoding: given, as: UTF8.self) == "\(exchange.account.sid):\(exchange.account.authToken)"
    }

    // MARK: Placing

    private func place(_ request: HTTPRequest, _ respond: @escaping (HTTPResponse) -> Void) {
        let form = FormFields(parsing: String(decoding: request.body, as: UTF8.self))
        guard let to = form["To"] else { return respond(Self.problem(400, 21201, "No 'To' number is specified")) }
        guard let from = form["From"] else { return respond(Self.problem(400, 21213, "No 'From' number is specified")) }
        let twiml = form["Twiml"]
        guard form["Url"] != nil || twiml != nil else {
            return respond(Self.problem(400, 21205, "Url parameter is required."))
        }
        guard (twiml ?? "").count <= Self.mostTwiml else {
            return respond(Self.problem(400, 21218, "Twiml is longer than \(Self.mostTwiml) characters"))
        }
        for name in ["Url", "StatusCallback", "AsyncAmdStatusCallback"] {
            guard form[name].map({ $0.hasPrefix("http://") || $0.hasPrefix("https://") }) ?? true else {
                return respond(Self.problem(400, 21205, "\(name) is not a valid URL: \(form[name] ?? "")"))
            }
        }
        var call = CallRequest(to: to, from: from)
        call.timeout = min(600, max(1, form["Timeout"].flatMap { Int($0) } ?? 60))
        if form["StatusCallback"] != nil {
            let named = form.all("StatusCallbackEvent").flatMap { $0.split(separator: " ") }
            call.events = named.isEmpty ? .completed : CallEvents(named.compactMap { CallEvents(named: String($0)) })
        }
        if form["SendDigits"] == nil {
            call.detection =
                switch form["MachineDetection"] {
                case "Enable": .start
                case "DetectMessageEnd": .messageEnd
                default: .off
                }
        }
        call.detectsMeanwhile = form["AsyncAmd"]?.lowercased() == "true"
        let placed = PlacedRequest(
            url: form["Url"],
            twiml: form["Url"] == nil ? twiml : nil,
            statusCallback: form["StatusCallback"],
            detectionCallback: form["AsyncAmdStatusCallback"]
        )
        exchange.place(call, placed) { verdict in answer(verdict, respond) }
    }

    private func answer(_ verdict: CarrierAction, _ respond: @escaping (HTTPResponse) -> Void) {
        switch verdict {
        case .refused(let refusal): respond(Self.problem(refusal.status, refusal.code, refusal.message))
        case .accepted(let number, .prompt): respond(show(number, status: 201))
        case .accepted(_, .failed): respond(Self.problem(500, 20500, "An internal server error has occurred"))
        case .accepted(_, .lost): respond(.dropped)
        case .accepted(let number, .late(let milliseconds)):
            exchange.loop.schedule(after: .milliseconds(milliseconds)) { respond(show(number, status: 201)) }
        default: break
        }
    }

    // MARK: Changing

    private func update(_ number: Int, _ request: HTTPRequest, _ respond: (HTTPResponse) -> Void) {
        let form = FormFields(parsing: String(decoding: request.body, as: UTF8.self))
        guard let status = exchange.machine.calls[number]?.status else { return respond(Self.missing(request.path)) }
        if let wanted = form["Status"] {
            let isEarly = status == .queued || status == .initiated || status == .ringing
            guard wanted == "completed" || wanted == "canceled" else {
                return respond(Self.problem(400, 21218, "Status must be completed or canceled, is \(wanted)"))
            }
            guard !status.isFinal, wanted == "completed" || isEarly else {
                return respond(Self.problem(400, 21220, "Call is not in-progress. Cannot redirect."))
            }
            exchange.end(number)
        } else if form["Url"] != nil || form["Twiml"] != nil {
            guard status == .inProgress else {
                return respond(Self.problem(400, 21220, "Call is not in-progress. Cannot redirect."))
            }
            exchange.instruct(number, url: form["Url"], twiml: form["Url"] == nil ? form["Twiml"] : nil)
        }
        respond(show(number))
    }

    // MARK: Showing

    private func show(_ number: Int, status: Int = 200) -> HTTPResponse {
        guard let call = exchange.machine.calls[number] else { return Self.missing("call \(number)") }
        return Self.json(status, resource(call))
    }

    private func resource(_ call: PracticeCall) -> JSON {
        let sid = exchange.sid(call.number)
        func date(_ time: Timestamp?) -> JSON { time.map { .string(CarrierDate.text($0)) } ?? .null }
        let waited = (call.begunAt ?? exchange.now).unixMilliseconds - call.placedAt.unixMilliseconds
        let uri = "/2010-04-01/Accounts/\(exchange.account.sid)/Calls/\(sid)"
        // A call that has begun and does not ring yet is still queued for those who ask; only callbacks say initiated.
        let status = call.status == .initiated ? CallStatus.queued : call.status
        return [
            "sid": .string(sid), "account_sid": .string(exchange.account.sid), "parent_call_sid": .null,
            "to": .string(call.request.to), "from": .string(call.request.from), "status": .string(status.rawValue),
            "direction": "outbound-api", "api_version": "2010-04-01", "date_created": date(call.placedAt),
            "date_updated": date(call.endedAt ?? call.answeredAt ?? call.begunAt ?? call.placedAt),
            "start_time": date(call.answeredAt ?? call.begunAt), "end_time": date(call.endedAt),
            "duration": call.duration.map { .string(String($0)) } ?? .null, "price": .null, "price_unit": "USD",
            "answered_by": call.answeredBy.map { .string($0) } ?? .null, "queue_time": .string(String(waited)),
            "uri": .string("\(uri).json"),
            "subresource_uris": [
                "recordings": .string("\(uri)/Recordings.json"), "streams": .string("\(uri)/Streams.json"),
            ],
        ]
    }

    /// Newest first, as filtered by To, From, Status, StartTime> and StartTime<.
    private func list(_ request: HTTPRequest) -> HTTPResponse {
        let query = FormFields(parsing: request.query)
        let size = min(Self.mostListed, max(1, query["PageSize"].flatMap { Int($0) } ?? 50))
        let page = max(0, query["Page"].flatMap { Int($0) } ?? 0)
        let wanted = query["Status"]
        let after = (query["StartTime>"] ?? query["StartTimeAfter"]).flatMap { CarrierDate.read($0) }
        let before = (query["StartTime<"] ?? query["StartTimeBefore"]).flatMap { CarrierDate.read($0) }
        let numbers = query["To"].map { exchange.calls[$0] ?? [] } ?? Array(1..<(exchange.machine.figures.placed + 1))
        var found: [JSON] = []
        var passed = 0
        for number in numbers.reversed() {
            guard let call = exchange.machine.calls[number], query["From"].map({ $0 == call.request.from }) ?? true
            else {
                continue
            }
            let start = call.begunAt ?? call.placedAt
            guard after.map({ start >= $0 }) ?? true, before.map({ start <= $0 }) ?? true else { continue }
            let shown = resource(call)
            guard wanted.map({ $0 == shown["status"]?.string }) ?? true else { continue }
            passed += 1
            if passed > page * size { found.append(shown) }
            if found.count > size { break }
        }
        let hasMore = found.count > size
        return Self.json(200, listing(Array(found.prefix(size)), request, page: page, size: size, hasMore: hasMore))
    }

    private func listing(_ calls: [JSON], _ request: HTTPRequest, page: Int, size: Int, hasMore: Bool) -> JSON {
        var query = FormFields(parsing: request.query).items.filter { $0.name != "Page" && $0.name != "PageSize" }
        query += [("PageSize", "\(size)"), ("Page", "\(page + 1)")]
        return [
            "calls": .array(calls), "page": .int(Int64(page)), "page_size": .int(Int64(size)),
            "start": .int(Int64(page * size)), "end": .int(Int64(page * size + max(0, calls.count - 1))),
            "uri": .string(request.target),
            "next_page_uri": hasMore ? .string("\(request.path)?\(FormFields(query).encoded)") : .null,
        ]
    }

    // MARK: Answers

    static func json(_ status: Int, _ json: JSON) -> HTTPResponse {
        HTTPResponse(status: status, headers: [("content-type", "application/json")], body: Array("\(json)\n".utf8))
    }

    static func problem(_ status: Int, _ code: Int, _ message: String) -> HTTPResponse {
        var response = json(
            status,
            [
                "code": .int(Int64(code)), "message": .string(message),
                "more_info": .string("https://www.twilio.com/docs/errors/\(code)"), "status": .int(Int64(status)),
            ]
        )
        if status == 429 { response.headers.append(("retry-after", "1")) }
        return response
    }

    private static func missing(_ path: String) -> HTTPResponse {
        problem(404, 20404, "The requested resource \(path) was not found")
    }
}
