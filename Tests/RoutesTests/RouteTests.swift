import Core
import JSONKit
import Testing

@testable import Routes

@Suite struct RouteTests {
    private func problem(_ json: JSON) -> String? {
        do {
            _ = try Route(json, path: "routes")
            return nil
        } catch {
            return error.description
        }
    }

    @Test func `a route reads its steps and fills in the defaults`() throws {
        let route = try Route([
            "kind": "tts", "steps": [["plugin": "a"], ["plugin": "b", "tries": 3, "total_ms": 9000]],
        ])
        #expect(route.name == "tts")
        #expect(route.steps[0].first == .seconds(3))
        #expect(route.steps[0].total == nil)
        #expect(route.steps[1].tries == 3)
        #expect(route.steps[1].total == .seconds(9))
        #expect(try Route(route.json) == route)
    }

    @Test func `a batch on its way to a broker or a warehouse has more time than a caller`() throws {
        func first(_ kind: String) throws -> Duration {
            try Route(["kind": .string(kind), "steps": [["plugin": "a"]]]).steps[0].first
        }
        #expect(try first("llm") == .seconds(3) && first("tts") == .seconds(3))
        #expect(try first("events") == .seconds(60) && first("warehouse") == .seconds(120))
        #expect(try first("crm") == .seconds(20) && first("blobs") == .seconds(600))
    }

    @Test func `what is wrong is named with its path`() {
        #expect(problem(["kind": "tts", "steps": []]) == "routes.steps: a route needs at least one step")
        #expect(problem(["kind": "tsp", "steps": [["plugin": "a"]]])?.hasPrefix("routes.kind: tsp is no kind") == true)
        #expect(
            problem(["kind": "tts", "steps": [["plugin": "a", "trys": 2]]])
                == "routes.steps[0].trys: unknown member; did you mean tries?"
        )
        #expect(
            problem(["kind": "tts", "steps": [["plugin": "a", "tries": 0]]])
                == "routes.steps[0].tries: is 0; must be from 1 to 10"
        )
        #expect(problem(["kind": "tts", "steps": [["tries": 1]]]) == "routes.steps[0].plugin: is required (a string)")
        #expect(problem(["kind": "telephony", "steps": [["plugin": "a"]]]) == "routes.kind: telephony has no routes")
    }
}
