import Glibc

/// The nearest examples vote, and a fitted scale turns their votes into probabilities.
///
/// An utterance is as near to a label as it is to the label's examples (cosine of weighted features). Features that no
/// example has count in the utterance's length, so what talks of something else is near to nothing.
final class IntentModel: Sendable {
    let labels: [LabelExamples]
    /// The label of each example.
    private let owners: [Int]
    private let places: [UInt64: Int]
    private let rarity: [Float]
    private let unknownRarity: Float
    /// By feature: the examples that have it, and its weight there.
    private let postings: [[(example: Int, weight: Float)]]
    let scale: Scale

    init(_ labels: [LabelExamples]) {
        self.labels = labels
        var owners: [Int] = []
        var texts: [Features] = []
        for (index, label) in labels.enumerated() {
            for example in label.examples {
                owners.append(index)
                texts.append(Features(example))
            }
        }
        var places: [UInt64: Int] = [:]
        var counts: [Float] = []
        for (feature, _) in texts.flatMap(\.weights) {
            if let place = places[feature] {
                counts[place] += 1
            } else {
                places[feature] = counts.count
                counts.append(1)
            }
        }
        let total = Float(texts.count)
        let rarity = counts.map { logf((total + 1) / ($0 + 0.5)) + 0.2 }
        let unknownRarity = logf((total + 1) / 1.5) + 0.2
        var postings = [[(example: Int, weight: Float)]](repeating: [], count: counts.count)
        for (example, text) in texts.enumerated() {
            for (place, weight) in Self.vector(text, places, rarity, unknownRarity) {
                postings[place].append((example, weight))
            }
        }
        (self.owners, self.places, self.rarity) = (owners, places, rarity)
        (self.unknownRarity, self.postings) = (unknownRarity, postings)
        let votes = Votes(owners: owners, labels: labels.count)
        scale = Self.fit(texts, votes) { text in
            Self.similarities(Self.vector(text, places, rarity, unknownRarity), postings, owners.count)
        }
    }

    /// All labels, best first. What is like no label gives low confidence to all of them.
    func label(_ text: String) -> [(name: String, confidence: Double)] {
        let features = Features(text)
        guard !features.weights.isEmpty else { return labels.map { ($0.name, 0) } }
        let vector = Self.vector(features, places, rarity, unknownRarity)
        let similarities = Self.similarities(vector, postings, owners.count)
        let scores = Votes(owners: owners, labels: labels.count).scores(similarities)
        let confidences = scale.probabilities(scores)
        return zip(labels, confidences).map { ($0.name, Double($1)) }
            .enumerated().sorted { ($0.element.1, -$0.offset) > ($1.element.1, -$1.offset) }.map(\.element)
    }

    // MARK: Vectors

    /// Known features with their weights, scaled by the length over all features, known and unknown.
    private static func vector(
        _ text: Features,
        _ places: [UInt64: Int],
        _ rarity: [Float],
        _ unknown: Float
    ) -> [(place: Int, weight: Float)] {
        var known: [(place: Int, weight: Float)] = []
        known.reserveCapacity(text.weights.count)
        var square: Float = 0
        for (feature, weight) in text.weights {
            let place = places[feature]
            let value = weight * (place.map { rarity[$0] } ?? unknown)
            square += value * value
            if let place { known.append((place, value)) }
        }
        let length = max(square.squareRoot(), .leastNormalMagnitude)
        for index in known.indices { known[index].weight /= length }
        return known
    }

    private static func similarities(
        _ vector: [(place: Int, weight: Float)],
        _ postings: [[(example: Int, weight: Float)]],
        _ count: Int
    ) -> [Float] {
        var similarities = [Float](repeating: 0, count: count)
        for (place, weight) in vector {
            for posting in postings[place] { similarities[posting.example] += weight * posting.weight }
        }
        return similarities
    }

    // MARK: Fitting

    /// How many examples are left out, one after the other; a sample of them says enough.
    private static let mostCases = 150
    /// What a case of "none of these" weighs: most callers do want something the agent knows.
    private static let strangeness = 0.2

    /// Leaves each example out and looks where it would go, and leaves its whole label out, when it belongs nowhere.
    private static func fit(_ texts: [Features], _ votes: Votes, similarities: (Features) -> [Float]) -> Scale {
        var cases: [Scale.Case] = []
        let step = max(1, texts.count / mostCases)
        for example in stride(from: 0, to: texts.count, by: step) {
            var nearness = similarities(texts[example])
            let owner = votes.owners[example]
            nearness[example] = -1
            let scores = votes.scores(nearness)
            if votes.count(of: owner) > 1 { cases.append(Scale.Case(scores: scores, right: owner, weight: 1)) }
            var strange = scores
            strange[owner] = 0
            cases.append(Scale.Case(scores: strange, right: nil, weight: strangeness))
        }
        for text in SmallTalk.sentences {
            let scores = votes.scores(similarities(Features(text)))
            // What is near to a label may well belong there.
            if let nearest = scores.max(), nearest < 0.4 {
                cases.append(Scale.Case(scores: scores, right: nil, weight: strangeness))
            }
        }
        return Scale(fitting: cases)
    }
}
