//! The ARN of a certificate in ACM, which says in which region and account the certificate is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// `arn:aws:acm:REGION:ACCOUNT:certificate/ID`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Certificate {
    arn: String,
    region: String,
    account: String,
}

/// A text that is no such ARN; reads as the words after it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not an ARN such as `arn:aws:acm:REGION:ACCOUNT:certificate/ID`")]
pub struct CertificateError;

impl Certificate {
    /// The whole ARN.
    pub fn as_str(&self) -> &str {
        &self.arn
    }

    /// The region that it is in: a load balancer takes only those of its own.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The account that it is in, as 12 digits.
    pub fn account(&self) -> &str {
        &self.account
    }
}

impl FromStr for Certificate {
    type Err = CertificateError;

    fn from_str(text: &str) -> Result<Self, CertificateError> {
        let parts: Vec<&str> = text.split(':').collect();
        let ["arn", partition, "acm", region, account, certificate] = parts[..] else { return Err(CertificateError) };
        let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        let has_id = certificate.strip_prefix("certificate/").is_some_and(is_word);
        if partition.starts_with("aws") && is_word(partition) && is_word(region) && is_account && has_id {
            Ok(Self { arn: text.to_owned(), region: region.to_owned(), account: account.to_owned() })
        } else {
            Err(CertificateError)
        }
    }
}

impl TryFrom<String> for Certificate {
    type Error = CertificateError;

    fn try_from(text: String) -> Result<Self, CertificateError> {
        text.parse()
    }
}

impl From<Certificate> for String {
    fn from(certificate: Certificate) -> Self {
        certificate.arn
    }
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.arn)
    }
}
