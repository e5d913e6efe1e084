"""Number plates of every Chinese kind, and crops of them as cameras see them."""
