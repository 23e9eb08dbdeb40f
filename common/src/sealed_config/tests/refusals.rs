//! It fails closed: another place, another key, or one changed bit, and nothing opens.

use super::*;

struct Sealed {
    key: LocalKey,
    context: Context,
    config: SealedConfig,
}

fn sealed() -> Sealed {
    let (key, context) = (LocalKey::generate().unwrap(), context("c7"));
    let config = seal(&key, &context, &values(&[("GREETING", "hello"), ("TOKEN", "secret")])).unwrap();
    Sealed { key, context, config }
}

#[test]
fn every_flipped_bit_is_refused() {
    let Sealed { key, context, config } = sealed();
    let mut bytes = config.bytes().to_vec();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            bytes[at] ^= 1 << bit;
            let opened = parse_and_open(&key, &context, &bytes);
            assert!(opened.is_err(), "bit {bit} of byte {at}, {:?}", char::from(config.bytes()[at]));
            bytes[at] ^= 1 << bit;
        }
    }
    assert!(parse_and_open(&key, &context, &bytes).is_ok());
}

#[test]
fn every_truncation_and_every_addition_is_refused() {
    let Sealed { key, context, config } = sealed();
    for length in 0..config.bytes().len() {
        assert!(parse_and_open(&key, &context, &config.bytes()[..length]).is_err(), "{length} bytes");
    }
    for addition in [" ", "\n", "\0", "{}", ","] {
        let longer = [config.bytes(), addition.as_bytes()].concat();
        assert!(parse_and_open(&key, &context, &longer).is_err(), "{addition:?}");
    }
}

#[test]
fn the_same_json_in_another_form_is_refused() {
    let Sealed { key, context, config } = sealed();
    let value: serde_json::Value = serde_json::from_slice(config.bytes()).unwrap();
    let compact = serde_json::to_vec(&value).unwrap();
    let error = parse_and_open(&key, &context, &compact).map(|_| ()).unwrap_err();
    assert_eq!(error, "the sealed config is damaged: not in its exact form");
}

#[test]
fn no_other_context_opens_it() {
    let Sealed { key, context, config } = sealed();
    let others = [
        Context { installation: "other".parse().unwrap(), ..context.clone() },
        Context { environment: "production".parse().unwrap(), ..context.clone() },
        Context { application: "blog".parse().unwrap(), ..context.clone() },
        Context { version: "c8".parse().unwrap(), ..context.clone() },
    ];
    for other in others {
        let message = config.check_context(&other).unwrap_err().to_string();
        assert_eq!(message, format!("the config was sealed for hello c7 in qa of jetway, not for {other}"));
        assert!(key.unwrap(config.wrapped_key(), &other).is_err(), "{other}");
        let data_key = key.unwrap(config.wrapped_key(), &context).unwrap();
        assert!(config.open(&other, &data_key).is_err(), "{other}");
    }
}

#[test]
fn no_other_key_opens_it() {
    let Sealed { context, config, .. } = sealed();
    let other = LocalKey::generate().unwrap();
    let error = open(&other, &context, &config).map(|_| ()).unwrap_err();
    assert!(error.starts_with("the config was sealed with the local key "), "{error}");
    let error = config.open(&context, &DataKey::generate().unwrap()).map(|_| ()).unwrap_err();
    assert!(matches!(error, ConfigError::Refused(_)), "{error}");
}

#[test]
fn a_wrapped_key_never_passes_for_one_of_another_kind() {
    let Sealed { key, context, config } = sealed();
    let arn = "arn:aws:kms:us-west-2:123456789012:key/1".to_owned();
    let wrapped = WrappedKey { key: KeyName::Kms { arn }, bytes: config.wrapped_key().bytes.clone() };
    let error = key.unwrap(&wrapped, &context).map(|_| ()).unwrap_err().to_string();
    assert!(error.starts_with("the config was sealed with the KMS key arn:aws:kms"), "{error}");
}

#[test]
fn parts_of_two_documents_make_no_third() {
    let Sealed { key, context, config } = sealed();
    let other = seal(&key, &context, &values(&[("GREETING", "bye"), ("TOKEN", "other")])).unwrap();
    let swaps: [fn(&mut SealedConfig, &SealedConfig); 4] = [
        |config, other| {
            // Both were sealed at the same time, so another one is made up.
            config.header_text = other.header_text.replace("2026", "2027");
        },
        |config, other| config.wrapped_key = other.wrapped_key.clone(),
        |config, other| config.nonce.clone_from(&other.nonce),
        |config, other| config.ciphertext.clone_from(&other.ciphertext),
    ];
    for (index, swap) in swaps.iter().enumerate() {
        let mut mixed = config.clone();
        swap(&mut mixed, &other);
        let SealedConfig { header_text, wrapped_key, nonce, ciphertext, .. } = &mixed;
        let bytes = envelope_bytes(header_text, &wrapped_key.bytes, nonce, ciphertext).unwrap();
        assert!(parse_and_open(&key, &context, &bytes).is_err(), "swap {index}");
    }
}

#[test]
fn a_newer_format_is_refused_by_name() {
    let Sealed { key, context, config } = sealed();
    let text = String::from_utf8(config.bytes().to_vec()).unwrap();
    let newer = text.replace(r#"{\"format\":1"#, r#"{\"format\":2"#);
    assert_ne!(newer, text);
    let error = parse_and_open(&key, &context, newer.as_bytes()).map(|_| ()).unwrap_err();
    assert_eq!(error, "the sealed config has format 2 and this version reads format 1: use a newer Jetway");
}
