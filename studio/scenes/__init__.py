"""What happens, where, in which light, as data; and which pose shows it in each frame."""
