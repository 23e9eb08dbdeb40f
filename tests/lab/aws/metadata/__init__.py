"""Instance metadata, version 2 alone: what an instance learns at 169.254.169.254, and faults of it on demand."""
