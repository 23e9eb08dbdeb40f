//! CloudFormation: the templates of the four stacks, and what stands in them.

pub mod model;
pub mod section;
pub mod resource;
mod ordered;
pub mod functions;
pub mod tags;
pub mod check;
pub mod times;

pub mod base;
pub mod environment;
pub mod application;
pub mod release;

pub mod cidr;
pub mod policy;
pub mod user_data;
