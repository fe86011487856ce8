import JSONKit
import Testing

@Suite struct JSONPrintingTests {
    @Test func `a value is one line, in the order it was written, without needless escapes`() {
        let value: JSON = [
            "url": "https://a/b", "text": "é\u{2028}🚲 \"\\ \n\r\t\u{1}\u{1F}", "n": nil, "yes": true, "no": false,
            "list": [1, -2, 1.5, []], "o": [:],
        ]
        #expect(
            value.description
                == #"{"url":"https://a/b","text":"é"# + "\u{2028}" + #"🚲 \"\\ \n\r\t\u0001\u001f","n":null,"yes":true,"#
                + #""no":false,"list":[1,-2,1.5,[]],"o":{}}"#
        )
    }

    @Test(
        arguments: [
            nil, true, 0, .int(.min), .int(.max), 0.1, 1e300, -2.5e-10, 3.0, "", "a/b\u{7F}", [[], [[:]]],
            ["a": ["b": [1, 2.5, nil, "x"]]],
        ] as [JSON]
    )
    func `what is printed is read again as it was`(value: JSON) throws {
        #expect(try JSON(parsing: value.description) == value)
        #expect(try JSON(parsing: value.pretty) == value)
        #expect(!value.description.contains("\n"))
    }

    @Test func `a figure that is none is null`() {
        #expect(JSON.double(.infinity).description == "null")
        #expect(JSON.double(.nan).description == "null")
    }

    @Test func `writing appends to what is there`() {
        var bytes = Array("x".utf8)
        JSON.array([1]).write(into: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "x[1]")
    }

    @Test func `for people it has lines and two spaces a level`() {
        let value: JSON = ["a": [1, ["b": nil]], "c": []]
        #expect(
            value.pretty == """
                {
                  "a": [
                    1,
                    {
                      "b": null
                    }
                  ],
                  "c": []
                }
                """
        )
    }

    @Test func `objects are equal whatever the order, and members can be changed`() {
        var object: JSONObject = ["a": 1, "b": 2, "a": 3]
        #expect(object.keys == ["a", "b"])
        #expect(object == ["b": 2, "a": 3])
        object["b"] = nil
        object["c"] = 4
        #expect(JSON.object(object).description == #"{"a":3,"c":4}"#)
        #expect(object != ["a": 3])
    }

    @Test func `values are read by type, integers also as numbers`() {
        let value: JSON = ["i": 2, "d": 2.0, "f": 2.5, "s": "x", "l": [1]]
        #expect(value["i"]?.double == 2)
        #expect(value["d"]?.int == 2)
        #expect(value["f"]?.int == nil)
        #expect(value["s"]?.int == nil)
        #expect(value["l"]?[0] == 1)
        #expect(value["l"]?[1] == nil)
        #expect(value["x"] == nil)
        #expect(value[0] == nil)
    }
}
