"""What guards the API from within it: which requests a rule is about, and expressions that judge and change objects."""
