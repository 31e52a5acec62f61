"""Many rows, to sort, to search and to walk through: one object that is a widget where somebody looks, and a page everywhere else."""
