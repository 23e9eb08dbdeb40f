//! The sealed config: everything comes back, and nothing but exactly what was sealed opens.

mod any_values;
mod refusals;
mod wire;

use super::*;
use crate::local_key::LocalKey;
use crate::secret::SecretText;

fn context(version: &str) -> Context {
    Context {
        installation: "jetway".parse().unwrap(),
        environment: "qa".parse().unwrap(),
        application: "hello".parse().unwrap(),
        version: version.parse().unwrap(),
    }
}

fn values(pairs: &[(&str, &str)]) -> Values {
    pairs.iter().map(|(name, value)| (name.parse().unwrap(), SecretText::new((*value).to_owned()))).collect()
}

fn seal(key: &LocalKey, context: &Context, values: &Values) -> Result<SealedConfig, ConfigError> {
    let (data_key, wrapped) = key.mint(context).unwrap();
    let names = values.keys().map(|name| (name.clone(), context.version)).collect();
    let origin = ("2026-01-02T03:04:05Z".parse().unwrap(), "ann@laptop".to_owned());
    SealedConfig::seal(context.clone(), names, values, origin, (&data_key, wrapped))
}

/// The error of either step: whoever opens goes through both.
fn open(key: &LocalKey, context: &Context, sealed: &SealedConfig) -> Result<Values, String> {
    let data_key = key.unwrap(sealed.wrapped_key(), context).map_err(|error| error.to_string())?;
    sealed.open(context, &data_key).map_err(|error| error.to_string())
}

fn parse_and_open(key: &LocalKey, context: &Context, bytes: &[u8]) -> Result<Values, String> {
    let sealed = SealedConfig::parse(bytes).map_err(|error| error.to_string())?;
    sealed.check_context(context).map_err(|error| error.to_string())?;
    open(key, context, &sealed)
}

/// A value has no `Debug`, so two results are compared by what they show of themselves.
fn shown(result: Result<Values, String>) -> Result<Vec<(String, String)>, String> {
    let pairs =
        |values: Values| values.iter().map(|(name, value)| (name.to_string(), value.reveal().to_owned())).collect();
    result.map(pairs)
}

#[test]
fn values_come_back() {
    let (key, context) = (LocalKey::generate().unwrap(), context("c3"));
    let values = values(&[("EMPTY", ""), ("LINES", "a\nb"), ("UNICODE", "ключ 🔑")]);
    let sealed = seal(&key, &context, &values).unwrap();
    let opened = parse_and_open(&key, &context, sealed.bytes());
    assert_eq!(shown(opened), shown(Ok(values)));
}

#[test]
fn the_same_values_never_look_the_same() {
    let (key, context) = (LocalKey::generate().unwrap(), context("c1"));
    let values = values(&[("A", "secret")]);
    let [one, other] = [(); 2].map(|()| seal(&key, &context, &values).unwrap());
    assert_ne!(one.ciphertext, other.ciphertext);
    assert_ne!(one.nonce, other.nonce);
    assert_ne!(one.wrapped_key, other.wrapped_key);
}

#[test]
fn the_header_can_be_read_without_a_key_and_holds_no_value() {
    let (key, context) = (LocalKey::generate().unwrap(), context("c1"));
    let sealed = seal(&key, &context, &values(&[("TOKEN", "c4n4ry")])).unwrap();
    let parsed = SealedConfig::parse(sealed.bytes()).unwrap();
    insta::with_settings!({ filters => vec![(r#"fingerprint: "[0-9a-f]{12}""#, "fingerprint: FINGERPRINT")] }, {
        insta::assert_debug_snapshot!(parsed.header(), @r#"
        Header {
            format: 1,
            context: Context {
                installation: InstallationName(
                    "jetway",
                ),
                environment: EnvironmentName(
                    "qa",
                ),
                application: ApplicationName(
                    "hello",
                ),
                version: ConfigVersion(
                    1,
                ),
            },
            key: Local {
                fingerprint: FINGERPRINT,
            },
            names: {
                ParameterName(
                    "TOKEN",
                ): ConfigVersion(
                    1,
                ),
            },
            at: 2026-01-02T03:04:05Z,
            by: "ann@laptop",
        }
        "#);
    });
    assert!(!String::from_utf8(sealed.bytes().to_vec()).unwrap().contains("c4n4ry"));
    assert!(!format!("{parsed:?}").contains("c4n4ry"));
}

#[test]
fn values_that_no_process_can_be_given_are_refused_without_being_told() {
    let (key, context) = (LocalKey::generate().unwrap(), context("c1"));
    let error = |value: &str| seal(&key, &context, &values(&[("A", value)])).unwrap_err().to_string();
    insta::assert_snapshot!(error("b\0c"), @"`A`: contains a NUL character, which no environment variable can");
    insta::assert_snapshot!(error(&"x".repeat(LONGEST_VALUE - 1)), @"`A`: 131072 bytes, the kernel allows 131071 for NAME=value");
    // As long as a value may be, and too long for the document.
    insta::assert_snapshot!(error(&"x".repeat(LONGEST_VALUE - 2)), @"the config has 175227 bytes when sealed, the limit is 65536");
}

#[test]
fn the_largest_document_is_64_kib() {
    let (key, context) = (LocalKey::generate().unwrap(), context("c1"));
    let size =
        |length: usize| seal(&key, &context, &values(&[("A", &"x".repeat(length))])).map(|sealed| sealed.bytes().len());
    let least = size(1).unwrap();
    // Three bytes of plaintext make four of base64.
    let most = (LARGEST - least) / 4 * 3;
    assert!((LARGEST - 8..=LARGEST).contains(&size(most).unwrap()));
    assert!(matches!(size(most + 9), Err(ConfigError::TooLarge(bytes)) if bytes > LARGEST));
    assert!(matches!(SealedConfig::parse(&vec![b' '; LARGEST + 1]), Err(ConfigError::TooLarge(_))));
}
