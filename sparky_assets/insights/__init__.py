"""Stage 3: what a period is about, as claims that cite evidence and facts."""
