"""What each result was made of, written as an RO-Crate and verified."""
