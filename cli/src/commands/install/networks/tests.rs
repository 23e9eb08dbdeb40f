//! Whose addresses are in the way, and whose are not.

use super::*;

fn name(text: &str) -> EnvironmentName {
    text.parse().unwrap()
}

fn vpc(region: &str, block: &str) -> (Holder, Block) {
    (Holder::Vpc { region: region.to_owned(), id: "vpc-1".to_owned() }, block.parse().unwrap())
}

fn chosen(taken: Vec<(Holder, Block)>, wanted: Option<&str>) -> Result<String, String> {
    let wanted = wanted.map(|text| text.parse().unwrap());
    let chosen = Addresses(taken).choose("us-west-2", &name("qa"), wanted, &State::Absent);
    chosen.map(|network| network.to_string()).map_err(|error| error.to_string())
}

#[test]
fn two_new_environments_never_get_the_same_addresses() {
    let mut addresses = Addresses(vec![vpc("us-west-2", "10.0.0.0/20")]);
    let mut choose = |environment| addresses.choose("us-west-2", &name(environment), None, &State::Absent).unwrap();
    assert_eq!(choose("production").to_string(), "10.1.0.0/16");
    assert_eq!(choose("qa").to_string(), "10.2.0.0/16");
}

#[test]
fn addresses_from_the_file_may_overlap_networks_of_other_regions_alone() {
    assert_eq!(chosen(vec![vpc("eu-west-1", "10.5.0.0/16")], Some("10.5.0.0/16")).as_deref(), Ok("10.5.0.0/16"));
    let overlap = chosen(vec![vpc("us-west-2", "10.5.128.0/20")], Some("10.5.0.0/16")).unwrap_err();
    let expected = "the `cidr` 10.5.0.0/16 of qa overlaps 10.5.128.0/20 of the network vpc-1 of us-west-2";
    assert_eq!(overlap, format!("{expected}; nothing was changed"));
}

#[test]
fn addresses_from_the_file_never_overlap_another_environment() {
    let taken = |environment| vec![(Holder::Environment(name(environment)), "10.5.0.0/16".parse().unwrap())];
    assert_eq!(chosen(taken("qa"), Some("10.5.0.0/16")).as_deref(), Ok("10.5.0.0/16"));
    assert!(chosen(taken("production"), Some("10.5.0.0/16")).unwrap_err().contains("of the environment production"));
}
