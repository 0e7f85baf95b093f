"""The floor: what a call would cost if nothing had to be decided."""
