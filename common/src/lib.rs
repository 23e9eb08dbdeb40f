//! The contract between `jetway` and `jetway-agent`, in reading order. Bytes in, bytes out: no I/O, no clock, no async.

pub mod name;
pub mod digest;
pub mod seconds;
pub mod network;
pub mod certificate;
pub mod repository;
pub mod document;

pub mod manifest;
pub mod installation;
pub mod machine;
pub mod metadata;
pub mod release;
pub mod boot_file;
pub mod current;
pub mod lock;
pub mod layout;
pub mod agent_package;
pub mod ami;

pub mod secret;
pub mod sealed_config;
pub mod local_key;

pub mod image;
pub mod refusal;
pub mod console;
pub mod container;
pub mod report;
