/* scripted-tts has no interface of its own: the file keeps SwiftPM content. */
