import JSONKit

/// A document out of which wrong members are taken one by one, so that a reader that stops at its first error comes to all.
struct DocumentRepair {
    private enum Step: Equatable {
        case member(String)
        case element(Int)
    }

    private var document: JSON
    /// Elements that are gone, by the path of their array as it stands in the file.
    private var gone: [String: [Int]] = [:]

    /// A document with more errors than this is told of these.
    private static let most = 100

    /// Every error that `check` has, each where it stands in the file. Where a member is missing, its object is left out from
    /// then on. `repaired` is what is left and right.
    static func errors(
        in document: JSON,
        _ check: (JSON) throws(FieldError) -> Void
    ) -> (errors: [FieldError], repaired: JSON) {
        var repair = DocumentRepair(document: document)
        var errors: [FieldError] = []
        while errors.count < most {
            do throws(FieldError) {
                try check(repair.document)
                break
            } catch {
                let steps = steps(of: error.path)
                errors.append(FieldError(path: repair.place(of: steps), problem: error.problem))
                guard repair.remove(steps) else { break }
            }
        }
        return (errors, repair.document)
    }

    private init(document: JSON) { self.document = document }

    /// `plugins[2].config.url` as steps.
    private static func steps(of path: String) -> [Step] {
        path.split(separator: ".").flatMap { part -> [Step] in
            let pieces = part.split(separator: "[")
            return pieces.enumerated().map { index, piece in
                if piece.hasSuffix("]"), let number = Int(piece.dropLast()) { return .element(number) }
                return .member(String(index == 0 ? piece : piece))
            }
        }
    }

    private static func text(_ steps: [Step]) -> String {
        var text = ""
        for step in steps {
            switch step {
            case .member(let name): text += text.isEmpty ? name : ".\(name)"
            case .element(let index): text += "[\(index)]"
            }
        }
        return text
    }

    /// Where it stands in the file: elements that are gone count.
    private func place(of steps: [Step]) -> String {
        Self.text(original(steps))
    }

    private func original(_ steps: [Step]) -> [Step] {
        var places: [Step] = []
        for step in steps {
            guard case .element(var index) = step else {
                places.append(step)
                continue
            }
            for other in (gone[Self.text(places)] ?? []).sorted() where other <= index { index += 1 }
            places.append(.element(index))
        }
        return places
    }

    /// Takes it out, or, where it is not there, what it is missing from. False where nothing is left to take.
    private mutating func remove(_ steps: [Step]) -> Bool {
        var steps = steps
        while let last = steps.last {
            if let rest = Self.without(steps[...], document) {
                if case .element = last, case .element(let index)? = original(steps).last {
                    gone[Self.text(original(Array(steps.dropLast()))), default: []].append(index)
                }
                document = rest
                return true
            }
            steps.removeLast()
        }
        return false
    }

    private static func without(_ steps: ArraySlice<Step>, _ value: JSON) -> JSON? {
        guard let first = steps.first else { return nil }
        let rest = steps.dropFirst()
        switch (first, value) {
        case (.member(let name), .object(var object)):
            guard let inner = object[name] else { return nil }
            if rest.isEmpty {
                object[name] = nil
            } else {
                guard let changed = without(rest, inner) else { return nil }
                object[name] = changed
            }
            return .object(object)
        case (.element(let index), .array(var elements)):
            guard elements.indices.contains(index) else { return nil }
            if rest.isEmpty {
                elements.remove(at: index)
            } else {
                guard let changed = without(rest, elements[index]) else { return nil }
                elements[index] = changed
            }
            return .array(elements)
        default: return nil
        }
    }
}
