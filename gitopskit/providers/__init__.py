"""Live systems: one module or folder each, all behind `providers.base.Provider`."""
