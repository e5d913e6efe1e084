"""Pictures and sealed packets: kept, blurred for others, packed for whoever has to check them."""
