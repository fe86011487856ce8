/* No public header: a plugin exports patchbay_plugin_v1 and nothing else. */
