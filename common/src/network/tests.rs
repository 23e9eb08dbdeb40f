//! What is a network, and what a person is told about a text that is none.

use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;

fn told(text: &str) -> String {
    match text.parse::<Network>() {
        Ok(network) => format!("{network} has {} addresses", network.block().size()),
        Err(error) => format!("`{text}` {error}"),
    }
}

#[test]
fn what_is_no_network_is_told_with_the_reason() {
    let texts = [
        "10.0.0.0/16",
        "172.31.240.0/20",
        "192.168.0.0/16",
        "",
        "10.0.0.0",
        "10.0.0.0/",
        "10.0.0.0/+16",
        "10.0.0.0/016",
        "10.0.0/16",
        "010.0.0.0/16",
        "10.0.0.0/33",
        "10.0.0.0/256",
        "10.0.0.0/16 ",
        "fd00::/16",
        "10.0.1.0/16",
        "10.0.0.0/15",
        "10.0.0.0/21",
        "172.32.0.0/16",
        "192.169.0.0/16",
        "100.64.0.0/16",
        "0.0.0.0/0",
    ];
    assert_snapshot!(texts.map(told).join("\n"), @"
    10.0.0.0/16 has 65536 addresses
    172.31.240.0/20 has 4096 addresses
    192.168.0.0/16 has 65536 addresses
    `` is not a network such as `10.1.0.0/16`
    `10.0.0.0` is not a network such as `10.1.0.0/16`
    `10.0.0.0/` is not a network such as `10.1.0.0/16`
    `10.0.0.0/+16` is not a network such as `10.1.0.0/16`
    `10.0.0.0/016` is not a network such as `10.1.0.0/16`
    `10.0.0/16` is not a network such as `10.1.0.0/16`
    `010.0.0.0/16` is not a network such as `10.1.0.0/16`
    `10.0.0.0/33` is not a network such as `10.1.0.0/16`
    `10.0.0.0/256` is not a network such as `10.1.0.0/16`
    `10.0.0.0/16 ` is not a network such as `10.1.0.0/16`
    `fd00::/16` is not a network such as `10.1.0.0/16`
    `10.0.1.0/16` is not the first address of its network; write `10.0.0.0/16`
    `10.0.0.0/15` is not from /16 to /20
    `10.0.0.0/21` is not from /16 to /20
    `172.32.0.0/16` is not within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16
    `192.169.0.0/16` is not within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16
    `100.64.0.0/16` is not within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16
    `0.0.0.0/0` is not within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16
    ");
}

#[test]
fn the_candidates_are_every_private_network_of_the_default_size() {
    let all: Vec<String> = Network::candidates().map(|network| network.to_string()).collect();
    assert_eq!(all.len(), 256 + 16 + 1);
    assert_eq!(all.first().map(String::as_str), Some("10.0.0.0/16"));
    assert_eq!(all.last().map(String::as_str), Some("192.168.0.0/16"));
}

fn any_block() -> impl Strategy<Value = Block> {
    (any::<u32>(), 0_u8..=32).prop_map(|(address, prefix)| Block { first: address & !host_bits(prefix), prefix })
}

proptest! {
    #[test]
    fn a_block_is_written_as_it_is_read(block in any_block()) {
        prop_assert_eq!(block.to_string().parse(), Ok(block));
    }

    #[test]
    fn blocks_overlap_where_they_share_an_address(one in any_block(), other in any_block()) {
        let last = |block: Block| block.first | host_bits(block.prefix);
        let shares = one.first <= last(other) && other.first <= last(one);
        prop_assert_eq!(one.overlaps(other), shares);
        prop_assert_eq!(one.overlaps(other), other.overlaps(one));
    }

    #[test]
    fn a_part_is_inside_or_absent(block in any_block(), prefix in 0_u8..=40, index: u32) {
        if let Some(part) = block.part(prefix, index) {
            prop_assert!(block.contains(part) && part.prefix() == prefix, "{} {}", block, part);
        }
    }

    #[test]
    fn any_text_is_answered(text: String) {
        let _ = text.parse::<Network>();
    }
}
