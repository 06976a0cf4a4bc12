"""What a bare event is, and whether it has the least that an event needs."""
