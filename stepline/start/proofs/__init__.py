"""Parts shown to work for real, outside the tests: one module with a `main` for each."""
