"""What does a person work with in a page? A review of a plan, a live table, a choice of clusters; each with a static form."""
