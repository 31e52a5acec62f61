"""OpenAPI types, quantities, field sets, the structured merge, what quotas and limits count: pure, shared by planner and simulator."""
