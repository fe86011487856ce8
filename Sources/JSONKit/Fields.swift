/// Reads the members of an object by type, names the path in every error, and finds members that nobody read.
///
/// A class, because reading has to be remembered; confined to the function that reads the document.
public final class Fields {
    public let path: String
    public let object: JSONObject
    private var read: Set<String> = []
    private var order: [String] = []

    /// `path` is where the object stands in its document.
    public init(_ json: JSON, path: String = "") throws(FieldError) {
        guard case .object(let object) = json else {
            throw FieldError(path: path, problem: "must be an object, is \(json.typeName)")
        }
        (self.object, self.path) = (object, path)
    }

    /// The path of a member of this object.
    public func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// An error about a member, for checks of the caller's own.
    public func error(_ key: String, _ problem: String) -> FieldError {
        FieldError(path: path(of: key), problem: problem)
    }

    /// Refuses members that nobody has read, and proposes the nearest name that exists.
    public func finish() throws(FieldError) { if let first = strangers.first { throw first } }

    /// An error about each member that nobody has read, for those who tell of all that is wrong.
    public var strangers: [FieldError] {
        object.keys.filter { !read.contains($0) }.map { key in
            let nearest = order.min { $0.editDistance(to: key) < $1.editDistance(to: key) }
            if let nearest, nearest.editDistance(to: key) <= max(2, key.count / 3) {
                return error(key, "unknown member; did you mean \(nearest)?")
            }
            return error(key, "unknown member; known are \(order.joined(separator: ", "))")
        }
    }

    private func take(_ key: String) -> JSON? {
        if read.insert(key).inserted { order.append(key) }
        guard let value = object[key], !value.isNull else { return nil }
        return value
    }

    private func require<Value>(_ key: String, _ type: String, _ value: Value?) throws(FieldError) -> Value {
        if let value { return value }
        guard let found = object[key], !found.isNull else {
            throw error(key, "is required (\(type))\(misspelling(of: key))")
        }
        throw error(key, "must be \(type), is \(found.typeName)")
    }

    /// What stands there instead of a member that is missing; "": nothing like it.
    private func misspelling(of key: String) -> String {
        let near = object.keys.filter { !read.contains($0) && $0.editDistance(to: key) <= max(1, key.count / 3) }
        return near.min().map { "; is it meant by \($0)?" } ?? ""
    }

    private func typed<Value>(_ key: String, _ type: String, _ get: (JSON) -> Value?) throws(FieldError) -> Value? {
        guard let value = take(key) else { return nil }
        return try require(key, type, get(value))
    }

    // MARK: Scalars

    public func string(_ key: String) throws(FieldError) -> String {
        try require(key, "a string", try optionalString(key))
    }
    public func string(_ key: String, default other: String) throws(FieldError) -> String {
        try optionalString(key) ?? other
    }
    public func optionalString(_ key: String) throws(FieldError) -> String? {
        try typed(key, "a string") { $0.string }
    }

    public func bool(_ key: String, default other: Bool) throws(FieldError) -> Bool {
        try typed(key, "true or false") { $0.bool } ?? other
    }

    public func int(_ key: String, in range: ClosedRange<Int> = Int.min...Int.max) throws(FieldError) -> Int {
        try require(key, "an integer", try optionalInt(key, in: range))
    }
    public func int(
        _ key: String,
        default other: Int,
        in range: ClosedRange<Int> = Int.min...Int.max
    ) throws(FieldError) -> Int {
        try optionalInt(key, in: range) ?? other
    }
    public func optionalInt(_ key: String, in range: ClosedRange<Int> = Int.min...Int.max) throws(FieldError) -> Int? {
        guard let value = try typed(key, "an integer", { $0.int }) else { return nil }
        guard range.contains(Int(value)) else {
            throw error(key, "is \(value); must be from \(range.lowerBound) to \(range.upperBound)")
        }
        return Int(value)
    }

    public func double(
        _ key: String,
        default other: Double,
        in range: ClosedRange<Double> = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
    ) throws(FieldError) -> Double {
        guard let value = try typed(key, "a number", { $0.double }) else { return other }
        guard range.contains(value) else {
            throw error(key, "is \(value); must be from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    // MARK: Structures

    public func object(_ key: String) throws(FieldError) -> Fields {
        guard let fields = try optionalObject(key) else {
            throw error(key, "is required (an object)\(misspelling(of: key))")
        }
        return fields
    }
    public func optionalObject(_ key: String) throws(FieldError) -> Fields? {
        guard let value = take(key) else { return nil }
        return try Fields(value, path: path(of: key))
    }

    public func objects(_ key: String) throws(FieldError) -> [Fields] {
        guard take(key) != nil else { throw error(key, "is required (an array of objects)\(misspelling(of: key))") }
        return try objects(key, default: [])
    }
    public func objects(_ key: String, default other: [Fields]) throws(FieldError) -> [Fields] {
        guard let elements = try typed(key, "an array of objects", { $0.array }) else { return other }
        var result: [Fields] = []
        for (index, element) in elements.enumerated() {
            result.append(try Fields(element, path: "\(path(of: key))[\(index)]"))
        }
        return result
    }

    public func strings(_ key: String) throws(FieldError) -> [String] {
        guard take(key) != nil else { throw error(key, "is required (an array of strings)\(misspelling(of: key))") }
        return try strings(key, default: [])
    }
    public func strings(_ key: String, default other: [String]) throws(FieldError) -> [String] {
        guard let elements = try typed(key, "an array of strings", { $0.array }) else { return other }
        var result: [String] = []
        for (index, element) in elements.enumerated() {
            guard let text = element.string else {
                throw FieldError(
                    path: "\(path(of: key))[\(index)]",
                    problem: "must be a string, is \(element.typeName)"
                )
            }
            result.append(text)
        }
        return result
    }

    /// A member of any type.
    public func json(_ key: String, default other: JSON) throws(FieldError) -> JSON { take(key) ?? other }
    public func json(_ key: String) throws(FieldError) -> JSON {
        guard let value = take(key) else { throw error(key, "is required") }
        return value
    }
}

extension JSON {
    /// The type in words, for error messages.
    public var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .int: "an integer"
        case .double: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
