//! What an instance without a boot file says of itself: its metadata is played over HTTP.

use super::*;
use crate::aws::testing::{Reply, Server, metadata};

#[tokio::test]
async fn a_boot_file_that_is_not_there_has_its_cause_in_metadata() {
    for (status, cause) in [
        (404, "this instance has no user data"),
        (200, "cloud-init has not written it from the user data of this instance"),
        (403, "instance metadata is turned off: it answers HTTP 403"),
        (503, "instance metadata answers HTTP 503"),
    ] {
        let server = Server::start(move |_, request| match request.path.as_str() {
            USER_DATA => Reply::new(status, "#cloud-config"),
            _ => Reply::new(200, "t").header("x-aws-ec2-metadata-token-ttl-seconds", "21600"),
        })
        .await;
        let error = RunError::NoBootFile { path: "/etc/jetway/boot.json".to_owned() };
        let plight = Orphan::with(metadata(&server)).plight(&error).await;
        assert_eq!(plight.reason, format!("there is no boot file `/etc/jetway/boot.json`: {cause}"));
        assert!(plight.hint.is_some_and(|hint| !hint.contains('#')), "{status}");
    }
}
