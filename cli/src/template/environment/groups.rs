//! The subnet groups: where databases, caches and warehouses may be put.

use serde_json::json;

use super::{EnvironmentInput, subnets};
use crate::template::model::Template;
use crate::template::resource::Resource;
use crate::template::tags::Tags;

pub(super) fn add(template: &mut Template, input: &EnvironmentInput, tags: &Tags) {
    let subnets = subnets(input, "DatabaseSubnet");
    let description = format!("Database subnets of {} {}", input.installation, input.environment);
    let databases = Resource::new(
        "AWS::RDS::DBSubnetGroup",
        "Where RDS puts databases",
        json!({ "DBSubnetGroupDescription": description, "SubnetIds": subnets }),
    );
    template.resources.add("DatabaseSubnetGroup", databases.tagged(tags));
    let caches = Resource::new(
        "AWS::ElastiCache::SubnetGroup",
        "Where ElastiCache puts caches",
        json!({ "Description": description, "SubnetIds": subnets }),
    );
    template.resources.add("CacheSubnetGroup", caches.tagged(tags));
    let warehouses = Resource::new(
        "AWS::Redshift::ClusterSubnetGroup",
        "Where Redshift puts clusters",
        json!({ "Description": description, "SubnetIds": subnets }),
    );
    template.resources.add("WarehouseSubnetGroup", warehouses.tagged(tags));
}
