"""The verbs for people: a workspace, targets, lessons, and how nouns show themselves in a notebook."""
