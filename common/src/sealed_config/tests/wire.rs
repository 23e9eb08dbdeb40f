//! What a released version sealed stays readable. The files in `tests/fixtures/wire` are never edited, only added to.

use std::fs;
use std::path::PathBuf;

use super::*;

fn fixture(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/wire");
    fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn configs_of_format_1_stay_readable() {
    let key = LocalKey::from_text(&String::from_utf8(fixture("v1/key")).unwrap()).unwrap();
    let sealed = SealedConfig::parse(&fixture("v1/config.json")).unwrap();
    let context = Context {
        installation: "jetway".parse().unwrap(),
        environment: "local".parse().unwrap(),
        application: "hello".parse().unwrap(),
        version: "c2".parse().unwrap(),
    };
    let opened = shown(open(&key, &context, &sealed)).unwrap();
    let pairs: Vec<(&str, &str)> = opened.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(pairs, [("GREETING", "hello there"), ("LINES", "a\nb\n"), ("UNICODE", "ключ 🔑")]);
    let changed = |name: &str| sealed.header().names[&name.parse().unwrap()].to_string();
    assert_eq!((changed("GREETING"), changed("LINES")), ("c1".to_owned(), "c2".to_owned()));
}
