import Core
import Knowledge
import Routes

/// Texts to vectors through the embedder route.
enum Embedding {
    static func through(_ routes: RouteTable) -> Collections.Embed {
        { texts throws(KnowledgeError) in
            var vectors: [[Float]] = []
            for text in texts {
                do throws(RouteFailure) {
                    let answers = try await routes.ask(.embedder, .text(text), within: .seconds(10))
                    for case .vector(let vector) in answers { vectors.append(vector) }
                } catch {
                    throw .embedding(error.message)
                }
            }
            return vectors
        }
    }
}
