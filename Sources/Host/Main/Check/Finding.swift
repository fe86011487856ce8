import JSONKit

/// One line of `config check`: what was looked at, and what is wrong with it.
struct Finding: Sendable, Equatable {
    /// A member of the document, or a service.
    var what: String
    /// Where it is: a line of the document has no other place.
    var place = ""
    /// Empty: all is well.
    var problem = ""
    /// What to do about it.
    var fix = ""

    init(_ what: String, at place: String = "", problem: String = "", fix: String = "") {
        (self.what, self.place, self.problem, self.fix) = (what, place, problem, fix)
    }

    /// From a sentence as our errors are written: what is wrong; what would be right.
    init(_ what: String, at place: String = "", saying text: String) {
        let parts = text.firstRange(of: "; ")
        self.init(
            what,
            at: place,
            problem: parts.map { String(text[..<$0.lowerBound]) } ?? text,
            fix: parts.map { String(text[$0.upperBound...]) } ?? ""
        )
    }

    var isProblem: Bool { !problem.isEmpty }

    var json: JSON {
        [
            "what": .string(what), "where": .string(place), "ok": .bool(!isProblem), "problem": .string(problem),
            "fix": .string(fix),
        ]
    }
}
