"""Pure verbs on nouns: what differs, who owns it, in which order. No input, no output, no clock."""
