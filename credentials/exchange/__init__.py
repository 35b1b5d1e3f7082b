"""What a relying party asks for, and how an answer is matched with it."""
