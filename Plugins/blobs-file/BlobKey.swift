import PluginKit

/// A blob's name: a relative path that stays inside its folder.
struct BlobKey {
    let path: String
    /// The folders above the file, outermost first.
    var folders: [String] { path.split(separator: "/").dropLast().map(String.init) }

    private static let longest = 1024
    private static let longestPart = 200

    init(_ path: String) throws(PluginProblem) {
        func refuse(_ why: String) -> PluginProblem { PluginProblem(.invalid, "key: \(why)") }
        guard !path.isEmpty, path.utf8.count <= Self.longest else {
            throw refuse("is required (a path of 1 to \(Self.longest) bytes)")
        }
        guard !path.hasPrefix("/") else { throw refuse("must be relative, is \(path)") }
        for part in path.split(separator: "/", omittingEmptySubsequences: false) {
            guard !part.isEmpty, part.utf8.count <= Self.longestPart else {
                throw refuse("each part must have 1 to \(Self.longestPart) bytes, in \(path)")
            }
            // Hidden names are the folder's own, and ".." is one of them.
            guard !part.hasPrefix(".") else { throw refuse("no part may begin with a dot, in \(path)") }
            guard part.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != 0x5C }) else {
                throw refuse("control characters and backslashes are not allowed")
            }
        }
        self.path = path
    }
}
