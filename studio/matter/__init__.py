"""What everything is made of: solids, surfaces, letters, and the words for looks."""
