"""OpenAPI types, quantities, field sets and the structured merge: pure, and shared by what plans and what simulates."""
