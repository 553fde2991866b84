"""Stage 3, insights: what is worth telling, as claims that stand on evidence and facts. No counting here."""
