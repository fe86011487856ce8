import Calls
import Core
import Testing

@testable import Gateway

@Suite struct MediaTokensTests {
    private let tokens = MediaTokens()
    private let now = Moment(microseconds: 1_000_000_000)

    private func issue(_ from: String = "+1", at moment: Moment? = nil) throws -> String {
        let details = CallDetails(agent: try AgentDocument(Desk.document), from: from, to: "+2")
        return tokens.issue(details, plugin: "twilio", now: moment ?? now)
    }

    @Test func `a token is taken once`() throws {
        let token = try issue()
        #expect(tokens.contains(token, plugin: "twilio", now: now))
        #expect(tokens.take(token, plugin: "twilio", now: now)?.from == "+1")
        #expect(tokens.take(token, plugin: "twilio", now: now) == nil)
    }

    @Test func `a token lives for a minute`() throws {
        let token = try issue()
        #expect(tokens.contains(token, plugin: "twilio", now: now + .seconds(59)))
        #expect(!tokens.contains(token, plugin: "twilio", now: now + .seconds(60)))
        #expect(tokens.take(token, plugin: "twilio", now: now + .seconds(60)) == nil)
    }

    @Test func `another plugin cannot take it`() throws {
        let token = try issue()
        #expect(tokens.take(token, plugin: "other", now: now) == nil)
        #expect(tokens.take(token, plugin: "twilio", now: now) != nil)
    }

    @Test func `above ten thousand the oldest goes`() throws {
        let details = CallDetails(agent: try AgentDocument(Desk.document), from: "+1", to: "+2")
        let issued = (0...10_000).map { _ in tokens.issue(details, plugin: "twilio", now: now) }
        #expect(!tokens.contains(issued[0], plugin: "twilio", now: now))
        #expect(tokens.contains(issued[1], plugin: "twilio", now: now))
        #expect(Set(issued).count == issued.count)
    }
}
