/// A passage on its way into a collection.
struct Piece: Sendable {
    /// What it stands under in its document; may be empty.
    let heading: String
    let text: String
    let vector: [Float]
}
