"""What the products beside the digest print: posts, the note for a chat, and stories at length."""
