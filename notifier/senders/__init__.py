"""Who carries messages: the seam, and the ways behind it."""
