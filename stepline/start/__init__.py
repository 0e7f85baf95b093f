"""The command line, the database, the demonstration, the proofs."""
