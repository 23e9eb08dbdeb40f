"""Machines as instances: containers with systemd, Docker and cloud-init, each with metadata and a place in the network."""
