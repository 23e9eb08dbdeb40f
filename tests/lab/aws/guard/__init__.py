"""What AWS refuses and moto accepts: permissions, signatures, checksums, conditions, disabled keys."""
