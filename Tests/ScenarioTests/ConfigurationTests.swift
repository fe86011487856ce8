import Core
import JSONKit
import Testing

@testable import patchbay

/// The configuration file, as operators write it.
@Suite struct ConfigurationTests {
    private static let example = {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(root)/examples/patchbay.json"
    }()

    @Test func `what is in force reads as the same configuration`() throws {
        let once = try Configuration.read(Self.example)
        let again = try Configuration(once.document, folder: "/elsewhere")
        #expect(again.document == once.document)
    }

    @Test func `the example spells out every member, and its defaults are the code's`() throws {
        let example = try JSONWithComments.parse(try #require(Files.read(Self.example)))
        let bare = try Configuration([:], folder: "/").document
        for (member, value) in try #require(bare.object) {
            let written = try #require(example[member], "\(member) is in the example")
            guard case .object(let inner) = value, member != "routes" else { continue }
            // The machine's own name is nothing that an example can spell.
            for (name, other) in inner where !(member == "deliveries" && name == "host") {
                let spelled = try #require(written[name], "\(member).\(name) is in the example")
                if name != "socket" { #expect(spelled == other, "\(member).\(name)") }
            }
        }
    }

    @Test func `an unknown member is refused with the one that was meant`() throws {
        #expect(throws: FieldError(path: "listen.prot", problem: "unknown member; did you mean port?")) {
            try Configuration(["listen": ["prot": 1]], folder: "/")
        }
    }
}
