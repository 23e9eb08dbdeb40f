"""Stand-in instances: threads that do, towards AWS, what an instance with the agent does."""
