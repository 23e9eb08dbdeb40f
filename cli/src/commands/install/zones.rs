//! Which zones an environment spans. An order that changes would move subnets, and with them what is in them.

use jetway_common::network::{FEWEST_ZONES, MOST_ZONES};

use crate::error::UserError;
use crate::nearest;

/// The zones: those that are `wanted`, else those it `has`, else all that are `open`.
pub(super) fn choose(has: &[String], wanted: &[String], open: &[String]) -> Result<Vec<String>, UserError> {
    if let Some(unknown) = wanted.iter().find(|zone| !open.contains(zone)) {
        let known = open.iter().map(String::as_str);
        let message = nearest::unknown("this account has no open zone", unknown, known);
        return Err(UserError::usage(message + "; nothing was changed").hint(format!("there are: {}", open.join(", "))));
    }
    let zones: Vec<String> = if wanted.is_empty() && !has.is_empty() {
        has.to_vec()
    } else if wanted.is_empty() {
        open.iter().take(MOST_ZONES).cloned().collect()
    } else {
        let kept = has.iter().filter(|zone| wanted.contains(zone));
        let added = wanted.iter().filter(|zone| !has.contains(zone));
        kept.chain(added).cloned().collect()
    };
    if zones.len() < FEWEST_ZONES {
        let message =
            format!("an environment needs {FEWEST_ZONES} zones, and this account has {} open here", zones.len());
        return Err(UserError::failed(message + "; nothing was changed").hint("name another region with --region"));
    }
    Ok(zones)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(zones: &str) -> Vec<String> {
        zones.split_whitespace().map(str::to_owned).collect()
    }

    fn chosen(has: &str, wanted: &str, open: &str) -> Result<String, String> {
        let zones = choose(&list(has), &list(wanted), &list(open));
        zones.map(|zones| zones.join(" ")).map_err(|error| error.message)
    }

    #[test]
    fn an_environment_keeps_its_zones_and_their_order() {
        assert_eq!(chosen("", "", "a b c").as_deref(), Ok("a b c"));
        assert_eq!(chosen("b a", "", "a b c").as_deref(), Ok("b a"));
        assert_eq!(chosen("b a", "a b c", "a b c").as_deref(), Ok("b a c"));
        assert_eq!(chosen("", "c a", "a b c").as_deref(), Ok("c a"));
        assert_eq!(chosen("", "", "a b c d e f g h i").as_deref(), Ok("a b c d e f g h"));
    }

    #[test]
    fn a_zone_that_is_not_open_is_refused_and_so_is_a_single_one() {
        let unknown = chosen("", "us-west-2x us-west-2a", "us-west-2a us-west-2b").unwrap_err();
        assert!(unknown.starts_with("this account has no open zone `us-west-2x`"), "{unknown}");
        let single = chosen("", "", "a").unwrap_err();
        assert_eq!(single, "an environment needs 2 zones, and this account has 1 open here; nothing was changed");
    }
}
