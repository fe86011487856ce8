import CDialingRules

/// A country's rules as they stand in a file.
public struct RuleFile: Sendable {
    /// As in `us.json`.
    public let name: String
    public let bytes: [UInt8]

    public init(name: String, bytes: [UInt8]) { (self.name, self.bytes) = (name, bytes) }

    /// The files of `dialing-rules/`, as they were when the host was built.
    public static var shipped: [RuleFile] {
        var files: [RuleFile] = []
        while let file = dialing_rules(UInt(files.count))?.pointee {
            let bytes = UnsafeBufferPointer(start: file.bytes, count: Int(file.length))
            files.append(RuleFile(name: String(cString: file.name), bytes: Array(bytes)))
        }
        return files
    }
}
