//! Certificates in ACM: whether a load balancer can answer with one.

use aws_sdk_acm::Client;
use aws_sdk_acm::error::ProvideErrorMetadata as _;
use aws_sdk_acm::types::CertificateStatus;
use jetway_common::certificate::Certificate;

use super::account::Account;
use super::fault::Fault;
use crate::error::UserError;

/// What is known of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A load balancer can answer with it.
    Issued,
    /// The caller may not ask, so nothing is known.
    Unknown,
}

/// Asks ACM about a certificate; an error if no load balancer can answer with it.
pub async fn standing(account: &Account, certificate: &Certificate) -> Result<Standing, UserError> {
    let request = Client::new(account.sdk()).describe_certificate().certificate_arn(certificate.as_str());
    let found = match request.send().await {
        Ok(found) => found.certificate,
        Err(error) if error.code() == Some("ResourceNotFoundException") => None,
        Err(error) => {
            return match Fault::of(&error) {
                Fault::Denied(_) => Ok(Standing::Unknown),
                _ => Err(account.explain("ask ACM about the certificate", &error)),
            };
        }
    };
    let Some(found) = found else {
        let message = format!("there is no certificate {certificate}; nothing was changed");
        return Err(UserError::usage(message).hint("`aws acm list-certificates` lists those that are there"));
    };
    match found.status {
        Some(CertificateStatus::Issued) => Ok(Standing::Issued),
        Some(CertificateStatus::PendingValidation) => {
            let message = format!("the certificate {certificate} is not issued: ACM waits for the proof of its domain");
            Err(UserError::usage(message + "; nothing was changed").hint(shows(certificate)))
        }
        status => {
            let status = status.as_ref().map_or("unknown", CertificateStatus::as_str);
            let message = format!("the certificate {certificate} is not issued: its status is {status}");
            Err(UserError::usage(message + "; nothing was changed").hint(shows(certificate)))
        }
    }
}

fn shows(certificate: &Certificate) -> String {
    let region = certificate.region();
    format!("`aws acm describe-certificate --region {region} --certificate-arn {certificate}` shows what it waits for")
}
