"""Many machines, a crowd, everything going wrong, and a checker that proves nobody was dropped."""
