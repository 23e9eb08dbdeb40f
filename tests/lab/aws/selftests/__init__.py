"""What the emulated AWS must do, checked from outside with boto3."""
