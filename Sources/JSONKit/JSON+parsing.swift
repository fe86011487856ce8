import CJSON

extension JSON {
    /// How deep arrays and objects may nest in a text that is parsed.
    public static let maximumDepth = 64

    /// Parses one JSON text (RFC 8259, strict) with json-c. Nothing but white space may follow the value.
    public init(parsing text: String) throws(JSONError) {
        var text = text
        let result = text.withUTF8 { bytes in
            Result { () throws(JSONError) in try JSON(parsing: UnsafeRawBufferPointer(bytes)) }
        }
        self = try result.get()
    }

    /// The same from bytes, which must be UTF-8.
    public init(parsing bytes: UnsafeRawBufferPointer) throws(JSONError) {
        try StrictScan.check(bytes)
        guard let tokener = ThreadTokener.current() else { throw JSONError("out of memory", at: 0, in: bytes) }
        json_tokener_reset(tokener)
        let root = json_tokener_parse_ex(
            tokener,
            bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
            Int32(clamping: bytes.count)
        )
        defer { if let root { json_object_put(root) } }
        var outcome = json_tokener_get_error(tokener)
        let end = json_tokener_get_parse_end(tokener)
        if outcome == json_tokener_continue {
            // A number or a literal at the very end is complete only once something follows it.
            let last = json_tokener_parse_ex(tokener, "\n", 1)
            outcome = json_tokener_get_error(tokener)
            defer { if let last { json_object_put(last) } }
            guard outcome == json_tokener_success else {
                let message = bytes.isEmpty ? "empty text" : "ends in the middle of a value"
                throw JSONError(message, at: bytes.count, in: bytes)
            }
            self = try JSON(last, of: bytes)
            return
        }
        guard outcome == json_tokener_success else {
            throw JSONError(String(cString: json_tokener_error_desc(outcome)), at: end, in: bytes)
        }
        for index in end..<bytes.count where ![0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) {
            throw JSONError("something follows the value", at: index, in: bytes)
        }
        self = try JSON(root, of: bytes)
    }

    private init(_ value: OpaquePointer?, of text: UnsafeRawBufferPointer) throws(JSONError) {
        switch json_object_get_type(value) {
        case json_type_null: self = .null
        case json_type_boolean: self = .bool(json_object_get_boolean(value) != 0)
        case json_type_int: self = .int(json_object_get_int64(value))
        case json_type_double:
            let number = json_object_get_double(value)
            guard number.isFinite else { throw JSONError("a number out of range", at: 0, in: text) }
            self = .double(number)
        case json_type_string:
            let length = Int(json_object_get_string_len(value))
            let bytes = UnsafeRawBufferPointer(start: json_object_get_string(value), count: length)
            self = .string(String(decoding: bytes, as: UTF8.self))
        case json_type_array:
            let count = json_object_array_length(value)
            var elements: [JSON] = []
            elements.reserveCapacity(Int(count))
            for index in 0..<count { elements.append(try JSON(json_object_array_get_idx(value, index), of: text)) }
            self = .array(elements)
        default:
            var members: [(key: String, value: JSON)] = []
            members.reserveCapacity(Int(json_object_object_length(value)))
            var iterator = json_object_iter_begin(value)
            var end = json_object_iter_end(value)
            while json_object_iter_equal(&iterator, &end) == 0 {
                let key = String(cString: json_object_iter_peek_name(&iterator))
                members.append((key, try JSON(json_object_iter_peek_value(&iterator), of: text)))
                json_object_iter_next(&iterator)
            }
            // json-c keeps the last of two members with one name.
            self = .object(JSONObject(distinct: members))
        }
    }
}
