"""How well it works: one period's figures, counted by the database, and the page that shows them."""
