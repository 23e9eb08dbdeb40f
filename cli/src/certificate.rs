//! What the certificate of an application must be, as far as the files alone can tell.

use jetway_common::manifest::Settings;
use jetway_common::release::Protocol;

use crate::error::UserError;

/// Refuses settings that ask for HTTPS without a certificate, or with one of another region or account; what is absent is
/// not compared.
pub fn check(settings: &Settings, region: Option<&str>, account: Option<&str>) -> Result<(), UserError> {
    let (Some(http), Some(balancer)) = (&settings.http, &settings.load_balancer) else { return Ok(()) };
    if http.protocol == Protocol::Http {
        return Ok(());
    }
    let Some(certificate) = &balancer.certificate else {
        let message = "`http.certificate` is missing: the manifest asks for HTTPS";
        return Err(UserError::usage(message).hint("`aws acm list-certificates` lists certificates with their ARNs"));
    };
    let differs = |wanted: Option<&str>, found: &str| wanted.is_some_and(|wanted| wanted != found);
    if differs(region, certificate.region()) {
        let region = region.unwrap_or_default();
        let message = format!("`http.certificate` is in {}, and the environment is in {region}", certificate.region());
        return Err(
            UserError::usage(message).hint(format!("`aws acm list-certificates --region {region}` lists those there"))
        );
    }
    if differs(account, certificate.account()) {
        let account = account.unwrap_or_default();
        let message =
            format!("`http.certificate` is of account {}, and the environment is in {account}", certificate.account());
        return Err(UserError::usage(message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jetway_common::manifest::Manifest;

    use super::*;

    fn told(http: &str, region: Option<&str>, account: Option<&str>) -> String {
        let text = format!("application = \"web\"\n[containers.web]\n[http]\nport = 80\n{http}\n");
        let manifest = Manifest::parse(text.as_bytes()).unwrap();
        check(manifest.base(), region, account).map_or_else(|error| error.message, |()| "nothing is wrong".to_owned())
    }

    #[test]
    fn https_needs_a_certificate_of_the_environments_own_place() {
        let arn = "protocol = \"https\"\ncertificate = \"arn:aws:acm:us-west-2:123456789012:certificate/1\"";
        for (http, region, account, expected) in [
            ("", Some("us-west-2"), None, "nothing is wrong"),
            ("protocol = \"https\"", None, None, "`http.certificate` is missing: the manifest asks for HTTPS"),
            ("protocol = \"http+https\"", None, None, "`http.certificate` is missing: the manifest asks for HTTPS"),
            (arn, None, None, "nothing is wrong"),
            (arn, Some("us-west-2"), Some("123456789012"), "nothing is wrong"),
            (
                arn,
                Some("eu-central-1"),
                None,
                "`http.certificate` is in us-west-2, and the environment is in eu-central-1",
            ),
            (
                arn,
                Some("us-west-2"),
                Some("210987654321"),
                "`http.certificate` is of account 123456789012, and the environment is in 210987654321",
            ),
        ] {
            assert_eq!(told(http, region, account), expected, "{http} {region:?} {account:?}");
        }
    }
}
