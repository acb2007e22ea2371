"""An independent checker of proofs, which shares no code with the search."""
