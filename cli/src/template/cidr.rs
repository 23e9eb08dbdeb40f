//! How an environment's network is divided into subnets, and where there is room for another network.

use jetway_common::network::{Block, FEWEST_ZONES, MOST_ZONES, Network};

/// The subnets of one availability zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone {
    /// Half of the zone's addresses: the instances.
    pub application: Block,
    /// A quarter: the load balancers and, where there is one, the NAT gateway.
    pub elb: Block,
    /// A quarter, which nothing outside the network reaches: the databases.
    pub database: Block,
}

impl Zone {
    /// Divides the addresses of one zone.
    fn of(block: Block) -> Option<Self> {
        let (half, quarter) = (block.prefix() + 1, block.prefix() + 2);
        Some(Self {
            application: block.part(half, 0)?,
            elb: block.part(quarter, 2)?,
            database: block.part(quarter, 3)?,
        })
    }

    /// The three subnets.
    pub fn subnets(self) -> [Block; 3] {
        [self.application, self.elb, self.database]
    }
}

/// The subnets for this many zones, zone by zone; none unless there are from two to eight.
///
/// Each zone gets a block of `prefix + ceil(log2(zones))` bits, so that three zones grow to four without a change.
pub fn subnets(network: Network, zones: usize) -> Option<Vec<Zone>> {
    if !(FEWEST_ZONES..=MOST_ZONES).contains(&zones) {
        return None;
    }
    let bits = u8::try_from(zones.next_power_of_two().trailing_zeros()).ok()?;
    let prefix = network.block().prefix() + bits;
    (0..u32::try_from(zones).ok()?).map(|index| Zone::of(network.block().part(prefix, index)?)).collect()
}

/// Networks of other tools that no environment should take, although the account's region does not show them.
///
/// Docker's first bridge is 172.17.0.0/16, <https://docs.docker.com/engine/network/drivers/bridge/>: an instance would
/// send what is meant for a neighbour to its own containers.
const TAKEN_ELSEWHERE: [&str; 1] = ["172.17.0.0/16"];

/// The first network of the default size that overlaps none of `used`: every network of the account's region and of
/// every other environment of the installation.
pub fn first_free(used: &[Block]) -> Option<Network> {
    let taken: Vec<Block> = TAKEN_ELSEWHERE.iter().filter_map(|text| text.parse().ok()).collect();
    let is_free = |network: &Network| !used.iter().chain(&taken).any(|block| block.overlaps(network.block()));
    Network::candidates().find(is_free)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;

    fn network(text: &str) -> Network {
        text.parse().unwrap()
    }

    fn table(network: Network, zones: usize) -> String {
        let row = |zone: &Zone| zone.subnets().map(|block| block.to_string()).join("  ");
        subnets(network, zones).unwrap().iter().map(row).collect::<Vec<_>>().join("\n")
    }

    fn prefixes(zones: usize) -> [u8; 3] {
        subnets(network("10.0.0.0/16"), zones).unwrap()[0].subnets().map(Block::prefix)
    }

    #[test]
    fn the_sizes_are_those_of_the_rule() {
        assert_eq!(prefixes(2), [18, 19, 19]);
        assert_eq!(prefixes(3), [19, 20, 20]);
        assert_eq!(prefixes(4), [19, 20, 20]);
        for zones in 5..=8 {
            assert_eq!(prefixes(zones), [20, 21, 21]);
        }
    }

    #[test]
    fn three_zones_are_divided_as_published() {
        assert_snapshot!(table(network("10.7.0.0/16"), 3), @"
        10.7.0.0/19  10.7.32.0/20  10.7.48.0/20
        10.7.64.0/19  10.7.96.0/20  10.7.112.0/20
        10.7.128.0/19  10.7.160.0/20  10.7.176.0/20
        ");
    }

    #[test]
    fn six_zones_fit_into_the_smallest_network() {
        assert_snapshot!(table(network("192.168.16.0/20"), 6), @"
        192.168.16.0/24  192.168.17.0/25  192.168.17.128/25
        192.168.18.0/24  192.168.19.0/25  192.168.19.128/25
        192.168.20.0/24  192.168.21.0/25  192.168.21.128/25
        192.168.22.0/24  192.168.23.0/25  192.168.23.128/25
        192.168.24.0/24  192.168.25.0/25  192.168.25.128/25
        192.168.26.0/24  192.168.27.0/25  192.168.27.128/25
        ");
    }

    #[test]
    fn fewer_than_two_zones_and_more_than_eight_have_no_subnets() {
        for zones in [0, 1, 9, usize::MAX] {
            assert_eq!(subnets(network("10.0.0.0/16"), zones), None, "{zones}");
        }
    }

    #[test]
    fn the_first_free_network_is_the_first_that_nobody_has() {
        let free = |used: &[&str]| {
            let used: Vec<Block> = used.iter().map(|text| text.parse().unwrap()).collect();
            first_free(&used).map(|network| network.to_string())
        };
        assert_eq!(free(&[]).as_deref(), Some("10.0.0.0/16"));
        assert_eq!(free(&["10.0.0.0/16", "10.2.0.0/16"]).as_deref(), Some("10.1.0.0/16"));
        assert_eq!(free(&["10.0.255.240/28", "10.1.0.0/20"]).as_deref(), Some("10.2.0.0/16"));
        assert_eq!(free(&["10.0.0.0/8", "172.16.0.0/16"]).as_deref(), Some("172.18.0.0/16"));
        assert_eq!(free(&["10.0.0.0/8", "172.16.0.0/12", "192.168.7.0/24"]), None);
        assert_eq!(free(&["0.0.0.0/0"]), None);
    }

    fn any_network() -> impl Strategy<Value = Network> {
        (0_usize..273, 16_u8..=20, any::<u32>()).prop_map(|(index, prefix, part)| {
            let largest = Network::candidates().nth(index).unwrap().block();
            Network::new(largest.part(prefix, part % (1 << (prefix - 16))).unwrap()).unwrap()
        })
    }

    proptest! {
        #[test]
        fn subnets_are_inside_and_never_overlap(network in any_network(), zones in 2_usize..=8) {
            let zones_of = subnets(network, zones).unwrap();
            let all: Vec<Block> = zones_of.iter().flat_map(|zone| zone.subnets()).collect();
            prop_assert_eq!(all.len(), 3 * zones);
            for (index, one) in all.iter().enumerate() {
                prop_assert!(network.block().contains(*one));
                prop_assert!(all.iter().skip(index + 1).all(|other| !one.overlaps(*other)), "{:?}", all);
            }
        }

        #[test]
        fn the_free_network_overlaps_nothing(used in prop::collection::vec(any_network(), 0..400)) {
            let blocks: Vec<Block> = used.iter().map(|network| network.block()).collect();
            match first_free(&blocks) {
                Some(free) => prop_assert!(blocks.iter().all(|block| !block.overlaps(free.block()))),
                None => prop_assert!(blocks.iter().collect::<BTreeSet<_>>().len() >= 272),
            }
        }
    }
}
