"""What stands in for a cluster on a laptop."""
