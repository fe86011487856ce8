extension JSONSchema.Node {
    func check(_ value: JSON, _ path: String) throws(FieldError) {
        try checkType(value, path)
        switch value {
        case .string(let text): try checkLength(text, path)
        case .int(let number): try checkRange(Double(number), path)
        case .double(let number): try checkRange(number, path)
        case .array(let elements): try checkElements(elements, path)
        case .object(let object): try checkMembers(object, path)
        default: break
        }
        if !allowed.isEmpty, !allowed.contains(where: { $0.isSame(as: value) }) {
            let list = allowed.map(\.description).joined(separator: ", ")
            throw FieldError(
                path: path,
                problem: allowed.count == 1 ? "must be \(list)" : "must be one of \(list), is \(value)"
            )
        }
        if !oneOf.isEmpty || !anyOf.isEmpty || !allOf.isEmpty || not != nil { try checkCombinations(value, path) }
    }

    private func checkType(_ value: JSON, _ path: String) throws(FieldError) {
        let fits =
            switch value {
            case .null: types.contains(.null)
            case .bool: types.contains(.boolean)
            case .int: types.contains(.integer) || types.contains(.number)
            case .double: types.contains(.number) || (types.contains(.integer) && value.int != nil)
            case .string: types.contains(.string)
            case .array: types.contains(.array)
            case .object: types.contains(.object)
            }
        if !fits { throw FieldError(path: path, problem: "must be \(types.description), is \(value.typeName)") }
    }

    private func checkLength(_ text: String, _ path: String) throws(FieldError) {
        if let pattern, !pattern.matches(text) {
            throw FieldError(path: path, problem: "must match \(pattern.source)")
        }
        guard lengths != 0...Int.max else { return }
        let count = text.unicodeScalars.count
        if count < lengths.lowerBound {
            throw FieldError(path: path, problem: "must have at least \(lengths.lowerBound) characters")
        }
        if count > lengths.upperBound {
            throw FieldError(path: path, problem: "must have at most \(lengths.upperBound) characters")
        }
    }

    private func checkRange(_ number: Double, _ path: String) throws(FieldError) {
        func fail(_ expectation: String, _ bound: Double) -> FieldError {
            FieldError(
                path: path,
                problem: "must be \(expectation) \(JSON.double(bound).int.map(String.init) ?? "\(bound)")"
            )
        }
        if let minimum, number < minimum { throw fail("at least", minimum) }
        if let maximum, number > maximum { throw fail("at most", maximum) }
        if let exclusiveMinimum, number <= exclusiveMinimum { throw fail("more than", exclusiveMinimum) }
        if let exclusiveMaximum, number >= exclusiveMaximum { throw fail("less than", exclusiveMaximum) }
    }

    private func checkElements(_ elements: [JSON], _ path: String) throws(FieldError) {
        if elements.count < counts.lowerBound {
            throw FieldError(path: path, problem: "must have at least \(counts.lowerBound) elements")
        }
        if elements.count > counts.upperBound {
            throw FieldError(path: path, problem: "must have at most \(counts.upperBound) elements")
        }
        if areUnique {
            for (index, element) in elements.enumerated() {
                guard let twin = elements[..<index].firstIndex(where: { $0.isSame(as: element) }) else { continue }
                throw FieldError(path: "\(path)[\(index)]", problem: "is the same as [\(twin)]; each may stand once")
            }
        }
        guard let items else { return }
        for (index, element) in elements.enumerated() { try items.check(element, "\(path)[\(index)]") }
    }

    private func checkMembers(_ object: JSONObject, _ path: String) throws(FieldError) {
        func place(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
        for name in required where object[name] == nil { throw FieldError(path: place(name), problem: "is required") }
        for (name, value) in object.members {
            if let property = properties.first(where: { $0.name == name }) {
                try property.node.check(value, place(name))
                continue
            }
            switch additional {
            case .allowed: continue
            case .checked(let node): try node.check(value, place(name))
            case .refused: throw FieldError(path: place(name), problem: unknown(name))
            }
        }
    }

    private func unknown(_ name: String) -> String {
        let nearest = properties.map(\.name).min { $0.editDistance(to: name) < $1.editDistance(to: name) }
        guard let nearest, nearest.editDistance(to: name) <= max(2, name.count / 3) else {
            let known = properties.map(\.name).joined(separator: ", ")
            return known.isEmpty ? "unknown member; none is known here" : "unknown member; known are \(known)"
        }
        return "unknown member; did you mean \(nearest)?"
    }

    private func checkCombinations(_ value: JSON, _ path: String) throws(FieldError) {
        for node in allOf { try node.check(value, path) }
        if !anyOf.isEmpty, !anyOf.contains(where: { $0.accepts(value) }) {
            throw FieldError(path: path, problem: "fits none of the \(anyOf.count) forms it may have")
        }
        if !oneOf.isEmpty {
            let count = oneOf.count { $0.accepts(value) }
            guard count == 1 else {
                throw FieldError(path: path, problem: "must fit exactly one of \(oneOf.count) forms, fits \(count)")
            }
        }
        if let not, not.accepts(value) { throw FieldError(path: path, problem: "has a form that is not allowed") }
    }

    private func accepts(_ value: JSON) -> Bool {
        do {
            try check(value, "")
            return true
        } catch { return false }
    }
}

extension JSON {
    /// Equal in the sense of JSON Schema: 1 and 1.0 are one number.
    fileprivate func isSame(as other: JSON) -> Bool {
        switch (self, other) {
        case (.int, .double), (.double, .int): double == other.double
        default: self == other
        }
    }
}
