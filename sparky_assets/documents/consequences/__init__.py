"""What breaks and what to do, as notes, messages, titles and labels state it."""
