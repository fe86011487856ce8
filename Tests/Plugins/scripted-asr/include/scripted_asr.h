/* scripted-asr has no interface of its own: the file keeps SwiftPM content. */
