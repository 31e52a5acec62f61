"""The nouns: pure, frozen, no input or output, no data frames."""
