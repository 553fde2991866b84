"""Stage 3: what a period is about, as stories, and as claims that cite evidence and facts."""
