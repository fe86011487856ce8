import Core
import JSONKit

/// What a blob store says of an object that it has stored, in any of the wrappings it comes in.
struct ObjectNotice: Equatable {
    let bucket: String
    let key: String
    let bytes: Int64?
    /// Without its quotes.
    let tag: String
    /// Orders what happened to one key; empty where the store has none.
    let sequencer: String
    let at: String

    /// One posted body.
    enum Message: Equatable {
        /// Nothing in it for us, perhaps: a test, a removal.
        case notices([ObjectNotice])
        /// Whoever set the notification up has to open this address once.
        case confirmation(String)
    }

    /// Why a body makes no sense.
    struct Problem: Error, Equatable {
        let text: String
    }

    private static let mostRecords = 1000

    /// Reads S3's own form, the same inside SNS's or SQS's, and EventBridge's. Members that are not known are ignored.
    static func read(_ body: [UInt8]) throws(Problem) -> Message {
        guard let json = body.withUnsafeBytes({ bytes in try? JSON(parsing: bytes) }) else {
            throw Problem(text: "the body is no JSON")
        }
        return try read(json, depth: 0)
    }

    private static func read(_ json: JSON, depth: Int) throws(Problem) -> Message {
        if let records = json["Records"]?.array {
            guard records.count <= mostRecords else { throw Problem(text: "more than \(mostRecords) Records") }
            var notices: [ObjectNotice] = []
            for (index, record) in records.enumerated() {
                if let notice = try read(record: record, "Records[\(index)]") { notices.append(notice) }
            }
            return .notices(notices)
        }
        if json["detail-type"] != nil, let detail = json["detail"] {
            guard json["detail-type"]?.string == "Object Created" else { return .notices([]) }
            let at = json["time"]?.string ?? ""
            // Here the key is written as it is.
            return .notices([try ObjectNotice(detail, "detail", at: at) { $0 }])
        }
        if json["Event"]?.string == "s3:TestEvent" { return .notices([]) }
        if json["Type"]?.string == "SubscriptionConfirmation", let address = json["SubscribeURL"]?.string {
            return .confirmation(address)
        }
        if depth == 0, let inner = json["Message"]?.string ?? json["Body"]?.string {
            guard let json = try? JSON(parsing: inner) else { throw Problem(text: "Message: is no JSON") }
            return try read(json, depth: depth + 1)
        }
        throw Problem(text: "neither Records nor detail; is this a notification of S3?")
    }

    /// Nil for what is about something else.
    private static func read(record: JSON, _ path: String) throws(Problem) -> ObjectNotice? {
        guard let name = record["eventName"]?.string else { throw Problem(text: "\(path).eventName: is missing") }
        // Some stores write the prefix that S3 leaves out.
        guard name.hasPrefix("ObjectCreated:") || name.hasPrefix("s3:ObjectCreated:") else { return nil }
        guard let subject = record["s3"] else { throw Problem(text: "\(path).s3: is missing") }
        return try ObjectNotice(subject, "\(path).s3", at: record["eventTime"]?.string ?? "", key: formDecoded)
    }

    private init(
        _ json: JSON,
        _ path: String,
        at: String,
        key decode: (String) -> String?
    ) throws(Problem) {
        guard let bucket = json["bucket"]?["name"]?.string, !bucket.isEmpty else {
            throw Problem(text: "\(path).bucket.name: is missing")
        }
        guard let text = json["object"]?["key"]?.string, let key = decode(text), !key.isEmpty, key.utf8.count <= 1024
        else { throw Problem(text: "\(path).object.key: is missing, or not encoded as a form") }
        let object = json["object"]
        let tag = object?["eTag"]?.string ?? object?["etag"]?.string ?? ""
        (self.bucket, self.key, self.at) = (bucket, key, at)
        (bytes, self.tag) = (object?["size"]?.int, tag.filter { $0 != "\"" })
        sequencer = object?["sequencer"]?.string ?? ""
    }

    /// `+` is a space, and `%2B` a plus; nil for what is no such text.
    static func formDecoded(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Substring(text).utf8
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard rest.count >= 2, let digits = String(rest.prefix(2)), let value = UInt8(digits, radix: 16) else {
                    return nil
                }
                bytes.append(value)
                rest = rest.dropFirst(2)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The fact. Its identifier is made from what happened: a notice that comes twice is one fact.
    var event: Event {
        let what = "\(bucket)\n\(key)\n\(sequencer.isEmpty ? "\(tag)\n\(at)" : sequencer)"
        let name = key.split(separator: "/").last.map(String.init) ?? key
        let call = String(name.prefix { $0 != "." })
        var data: JSONObject = ["bucket": .string(bucket), "key": .string(key)]
        if let bytes { data["bytes"] = .int(bytes) }
        if !tag.isEmpty { data["etag"] = .string(tag) }
        if !at.isEmpty { data["stored_at"] = .string(at) }
        return Event(
            .recordingStored,
            key: call.hasPrefix("call_") ? call : key,
            data: .object(data),
            id: EventID("evt_\(Digest.sha256(Array(what.utf8)).prefix(32))")
        )
    }
}
