//! In which subnets a release's instances can be: not every zone has every type of instance.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Filter, LocationType};

use super::parents::{Parents, SUBNETS};
use crate::aws::account::Account;
use crate::error::UserError;
use crate::printer::Printer;

/// The environment's subnets in the zones that have instances of this type, as the release's parameter wants them. Warns
/// of a single one.
pub(super) async fn subnets(
    account: &Account,
    parents: &Parents,
    kind: &str,
    printer: Printer,
) -> anyhow::Result<String> {
    let offering = offering(account, kind).await?;
    let environment = &parents.environment;
    let zones = environment.parameters.get("Zones").map(String::as_str).unwrap_or_default();
    let found = among(zones, environment.output(SUBNETS)?, &offering);
    match found.as_slice() {
        [] => {
            let message = format!("there is no `{kind}` in {}; nothing was changed", zones.replace(',', ", "));
            let elsewhere =
                if offering.is_empty() { String::new() } else { format!("; it is in {}", offering.join(", ")) };
            return Err(UserError::usage(message)
                .hint(format!("set another `type` under [instances]{elsewhere}"))
                .into());
        }
        [(zone, _)] => printer.warn(format_args!("of {zones}, only {zone} has `{kind}`: all instances will be there")),
        _ => {}
    }
    Ok(found.iter().map(|(_, subnet)| *subnet).collect::<Vec<_>>().join(","))
}

/// The zones of the region that have the type.
async fn offering(account: &Account, kind: &str) -> Result<Vec<String>, UserError> {
    let filter = Filter::builder().name("instance-type").values(kind).build();
    let request = Client::new(account.sdk()).describe_instance_type_offerings();
    let request = request.location_type(LocationType::AvailabilityZone).filters(filter);
    let mut pages = request.into_paginator().items().send();
    let mut zones = Vec::new();
    while let Some(offering) = pages.next().await {
        let offering = offering.map_err(|error| account.explain(&format!("ask which zones have {kind}"), &error))?;
        zones.extend(offering.location);
    }
    zones.sort();
    Ok(zones)
}

/// Those of the zones that are `offering`, each with its subnet: the stack tells both in the same order.
fn among<'a>(zones: &'a str, subnets: &'a str, offering: &[String]) -> Vec<(&'a str, &'a str)> {
    let pairs = zones.split(',').zip(subnets.split(','));
    pairs.filter(|(zone, _)| offering.iter().any(|offering| offering == zone)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subnets_are_those_of_the_zones_that_have_the_type() {
        let offering = ["b", "c", "d"].map(str::to_owned);
        assert_eq!(among("a,b,c", "s1,s2,s3", &offering), [("b", "s2"), ("c", "s3")]);
        assert_eq!(among("a", "s1", &offering), []);
    }
}
