"""What people wrote, parsed: documents with sections and numbered sentences, each with its span in the stored text."""
