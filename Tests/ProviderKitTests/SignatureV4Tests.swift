import ProviderKit
import Testing

@Suite struct SignatureV4Tests {
    private let signer = SignatureV4(
        accessKey: "AKIDEXAMPLE",
        secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        region: "us-east-1"
    )
    private let newYear2026 = 1_767_225_600

    @Test func `a request that Amazon's own library has signed gets the same signature`() {
        let request = SignatureV4.Request(
            "PUT",
            host: "bkt.s3.us-east-1.amazonaws.com",
            path: "/rec/2026/call=1.wav",
            payloadHash: Hash.hex(Hash.sha256(Array("hello".utf8)))
        )
        let canonical = signer.canonicalRequest(request, unixSeconds: newYear2026)
        let hash = Hash.hex(Hash.sha256(Array(canonical.utf8)))
        #expect(hash == "dec6c84f8d165663c93e0834616b320b0413c623a691ff1b32b1490943b8bb5b", "\(canonical)")
        let signature = signer.signature(request, unixSeconds: newYear2026)
        #expect(signature == "93f6eff645ecf73022a4c236b14b1eba0a912203d68630529a264bc719aadc84")
        let headers = signer.headers(request, unixSeconds: newYear2026)
        let authorization = """
            AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/s3/aws4_request, \
            SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=\(signature)
            """
        #expect(headers.first { $0.name == "authorization" }?.value == authorization)
        #expect(headers.first { $0.name == "x-amz-date" }?.value == "20260101T000000Z")
        #expect(!headers.contains { $0.name == "host" })
    }

    @Test func `the address is encoded as it is signed, sorted and with an equals sign for each name`() {
        var request = SignatureV4.Request("POST", host: "h", path: "/b/a b+c@é/x~.wav")
        request.query = [("uploads", ""), ("prefix", "a/b c"), ("a-b", "1"), ("a", "2")]
        #expect(request.target == "/b/a%20b%2Bc%40%C3%A9/x~.wav?a=2&a-b=1&prefix=a%2Fb%20c&uploads=")
    }

    @Test func `headers are sorted by name where one name begins another, and spaces are joined`() {
        let request = SignatureV4.Request(
            "PUT",
            host: "h",
            path: "/",
            headers: [("x-amz-meta-call-id", "1"), ("x-amz-meta-call", "  a   b "), ("content-type", "audio/wav")]
        )
        let token = SignatureV4(accessKey: "a", secretKey: "b", sessionToken: "t", region: "r")
        let lines = token.canonicalRequest(request, unixSeconds: 0).split(separator: "\n").map(String.init)
        #expect(
            lines[2...8].map { String($0.split(separator: ":")[0]) } == [
                "content-type", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-meta-call", "x-amz-meta-call-id",
                "x-amz-security-token",
            ]
        )
        #expect(lines[6] == "x-amz-meta-call:a b")
    }

    @Test(
        arguments: [
            (0, "19700101T000000Z"), (951_782_399, "20000228T235959Z"), (951_782_400, "20000229T000000Z"),
            (1_709_251_199, "20240229T235959Z"), (4_102_444_800, "21000101T000000Z"),
        ]
    )
    func `the time is written as the calendar has it`(seconds: Int, text: String) {
        let headers = signer.headers(.init("GET", host: "h", path: "/"), unixSeconds: seconds)
        #expect(headers.first { $0.name == "x-amz-date" }?.value == text)
    }
}
