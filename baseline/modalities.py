"""The three modalities m of §3.1, in the order in which Eq. 4 puts them."""

ACOUSTIC, LEXICAL, VISUAL = MODALITIES = ("acoustic", "lexical", "visual")
LETTERS = {ACOUSTIC: "A", LEXICAL: "L", VISUAL: "V"}  # as in Table 3
