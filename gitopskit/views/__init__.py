"""How does a person see a noun? Frames, tables, charts; pure display, which fetches nothing and decides nothing."""
