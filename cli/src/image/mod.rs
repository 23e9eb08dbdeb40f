//! The image store: sources, the OCI layout, and what is done with it.
