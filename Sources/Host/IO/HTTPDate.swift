import CCurl

/// The dates of HTTP headers.
public enum HTTPDate {
    /// Seconds since 1970; nil for what is no date.
    public static func seconds(_ text: String) -> Int64? {
        let seconds = curl_getdate(text, nil)
        return seconds < 0 ? nil : Int64(seconds)
    }
}
