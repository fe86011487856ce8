// Placeholder so that the target exists; its first real file replaces it.
