//! Whatever people keep in a config comes back.

use proptest::prelude::*;

use super::*;

fn names() -> impl Strategy<Value = String> {
    "[A-Za-z_][A-Za-z0-9_]{0,40}".prop_filter("set by the platform", |name| name.parse::<ParameterName>().is_ok())
}

fn texts() -> impl Strategy<Value = String> {
    proptest::collection::vec(any::<char>(), 0..60)
        .prop_map(|characters| characters.into_iter().filter(|character| *character != '\0').collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_values_come_back(pairs in proptest::collection::btree_map(names(), texts(), 0..20)) {
        let (key, context) = (LocalKey::generate().unwrap(), context("c1"));
        let values: Values =
            pairs.into_iter().map(|(name, value)| (name.parse().unwrap(), SecretText::new(value))).collect();
        let sealed = seal(&key, &context, &values).unwrap();
        let opened = parse_and_open(&key, &context, sealed.bytes());
        prop_assert_eq!(shown(opened), shown(Ok(values)));
    }

    #[test]
    fn any_bytes_are_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(SealedConfig::parse(&bytes).is_err());
    }
}
