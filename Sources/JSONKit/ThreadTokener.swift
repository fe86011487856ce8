import CJSON
import Glibc

/// json-c's parser state, one a thread: making one costs more than parsing a short text.
enum ThreadTokener {
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key) { state in json_tokener_free(state?.assumingMemoryBound(to: json_tokener.self)) }
        return key
    }()

    /// The calling thread's tokener, or nil when there is no memory for one.
    static func current() -> UnsafeMutablePointer<json_tokener>? {
        if let state = pthread_getspecific(key) { return state.assumingMemoryBound(to: json_tokener.self) }
        guard let tokener = json_tokener_new_ex(Int32(JSON.maximumDepth)) else { return nil }
        let flags = JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS
        json_tokener_set_flags(tokener, flags)
        pthread_setspecific(key, UnsafeRawPointer(tokener))
        return tokener
    }
}
