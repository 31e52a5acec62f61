"""Everything that is written: bodies, ownership, allocation, scaling, deletion, and the one path into the store."""
