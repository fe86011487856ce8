extension Persona {
    /// Whom a practising dialer meets unless told otherwise; the weights are about those of a list of consumers.
    public static let usual: [Persona] = [
        Persona(
            "talks",
            .talk,
            weight: 26,
            says: ["Hello?", "Yes, speaking.", "That sounds fine.", "No, that is all. Goodbye."]
        ),
        Persona(
            "slow",
            .talk,
            weight: 4,
            rings: 15...28,
            thinks: 4...7,
            says: ["Yes, hello?", "One moment please.", "I have to think about that. Goodbye."]
        ),
        Persona(
            "callback",
            .talk,
            weight: 4,
            says: ["Hello?", "I am busy now, please call me back tomorrow at ten.", "Thank you, goodbye."],
            wish: "callback"
        ),
        Persona(
            "do not call",
            .talk,
            weight: 2,
            says: ["Hello?", "Please take me off your list and do not call again.", "Goodbye."],
            wish: "do_not_call"
        ),
        Persona("hangs up", .hangUp, weight: 5, stays: 0.3...2),
        Persona(
            "voicemail",
            .voicemail,
            weight: 27,
            rings: 18...25,
            stays: 30...60,
            says: [
                "You have reached the voicemail of five five five, zero one two three. Please leave a message after the tone."
            ]
        ),
        Persona("no answer", .ring, weight: 22),
        Persona("busy", .busy, weight: 6),
        Persona("fax", .fax, weight: 1, rings: 2...6, stays: 15...30),
        Persona("unreachable", .unreachable, weight: 2),
        Persona("invalid", .invalid, weight: 1),
    ]

    /// Numbers that are always the same persona, to try one out by hand.
    public static let usualNumbers: [String: String] = [
        "+15005550001": "invalid", "+15005550002": "unreachable", "+15005550003": "busy", "+15005550004": "no answer",
        "+15005550005": "voicemail", "+15005550006": "talks", "+15005550007": "hangs up", "+15005550008": "fax",
        "+15005550009": "slow", "+15005550010": "do not call", "+15005550011": "callback",
    ]
}
