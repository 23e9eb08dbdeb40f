//! CloudFormation: the templates of the four stacks, and what stands in them.

pub mod cidr;
pub mod policy;
