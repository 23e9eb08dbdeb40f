//! Reads an image from untrusted bytes: parsed as a stream, never unpacked onto the disk.

pub(crate) mod archive;
pub(crate) mod candidate;
pub(crate) mod compression;
pub(crate) mod contents;
pub(crate) mod docker_archive;
pub(crate) mod folder;
pub(crate) mod frames;
pub(crate) mod hard_links;
pub(crate) mod image_config;
pub(crate) mod input;
pub(crate) mod layer;
pub(crate) mod oci;
pub(crate) mod pax;
pub(crate) mod platform;
pub(crate) mod tarball;
