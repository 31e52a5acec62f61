"""What the simulated API stands on: requests and status errors, kinds by name, encodings, selectors, amounts, the store."""
