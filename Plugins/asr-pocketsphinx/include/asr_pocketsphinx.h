/* SwiftPM wants a public folder for a C target; the plugin has one symbol and needs no header. */
