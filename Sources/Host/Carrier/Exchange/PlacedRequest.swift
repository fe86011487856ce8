/// What came with the request for a call, besides what its course depends on: where to ask and whom to tell.
struct PlacedRequest: Sendable {
    /// Where the call's instructions are; nil: they came along.
    private(set) var url: String?
    private(set) var twiml: String?
    let statusCallback: String?
    let detectionCallback: String?

    init(url: String?, twiml: String?, statusCallback: String?, detectionCallback: String?) {
        (self.url, self.twiml) = (url, twiml)
        (self.statusCallback, self.detectionCallback) = (statusCallback, detectionCallback)
    }

    mutating func instruct(url: String?, twiml: String?) { (self.url, self.twiml) = (url, twiml) }
}
