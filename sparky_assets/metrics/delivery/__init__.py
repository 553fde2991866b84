"""How work is delivered: DORA metrics, default branches, and chains of reverts and fix-ups."""
