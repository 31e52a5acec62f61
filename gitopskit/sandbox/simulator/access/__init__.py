"""Who asks, and may they: tokens, RBAC, and the reviews that answer that question to clients."""
