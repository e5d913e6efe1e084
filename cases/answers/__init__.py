"""What owners answer on the page of their case, and what follows from it."""
