/// What HubSpot calls things; all of it in one place.
enum API {
    static let base = "https://api.hubapi.com"
    static let token = "/oauth/v1/token"
    static let objects = "/crm/v3/objects"
    /// The most results of one search.
    static let searchLimit = 100
    /// One sort, and so many groups of filters, in a search.
    static let searchGroups = 5
    /// The longest text of a call or a note, in characters.
    static let textLimit = 60_000

    /// HubSpot's own kinds of associations.
    static let callToContact = 194
    static let noteToContact = 202

    /// The dispositions that every account has.
    static let dispositions = [
        "busy": "9d9162e7-6cf3-4944-bf63-4dff82258764", "connected": "f240bbac-87c9-4f6e-bf70-924b57d47db7",
        "left_live_message": "a4c4c377-d246-4b32-a13b-75a56a4cd0ff",
        "left_voicemail": "b2cf5968-551e-4856-9783-52b3da59a7d0", "no_answer": "73a0d17f-1163-4015-bdd5-ec830791da20",
        "wrong_number": "17b47fee-58de-441e-a44c-c6300d46f273",
    ]

    /// Statuses of a call, by what a disposition has in its name; any other call is COMPLETED.
    static let statuses = [
        ("busy", "BUSY"), ("no_answer", "NO_ANSWER"), ("failed", "FAILED"), ("canceled", "CANCELED"),
    ]

    /// Limits of requests, as errors call them, and how long each lasts in milliseconds.
    static let daily = "DAILY"
    static let limits = [("TEN_SECONDLY", 10_000), ("SECONDLY", 1000)]
}
