//! The clock of an instance against that of AWS, over HTTP; the other refusals are tested with the store and the key.

use jetway_common::layout::{ApplicationKeys, ObjectKey};
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::aws::store::S3Store;
use crate::aws::testing::{Reply, Request, Server, instance};
use crate::error::Wait;
use crate::platform::Store as _;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn record() -> ObjectKey {
    ApplicationKeys::new(&"qa".parse().unwrap(), &"web".parse().unwrap()).release("v42".parse().unwrap())
}

/// What S3 answers to a signature that is more than 15 minutes off, when its own clock is `ahead` of ours.
fn skewed(ahead: SignedDuration, request: &Request) -> Option<Reply> {
    let now = Timestamp::now() + ahead;
    let signed = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", request.header("x-amz-date")).unwrap();
    let signed = signed.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
    let is_off = signed.duration_since(now).abs() > SignedDuration::from_mins(15);
    is_off.then(|| refusal(now))
}

fn refusal(now: Timestamp) -> Reply {
    let code = "RequestTimeTooSkewed";
    let body = format!("<Error><Code>{code}</Code><Message>The difference is too large.</Message></Error>");
    Reply::new(403, body).header("Date", date(now))
}

fn date(now: Timestamp) -> String {
    rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now).unwrap()
}

#[tokio::test]
async fn a_clock_that_is_an_hour_off_is_corrected_by_what_aws_answers_and_told() {
    for (ahead, words) in [(-HOUR, "s ahead of"), (HOUR, "s behind"), (SignedDuration::from_mins(2), "")] {
        let server = Server::start(move |_, request| {
            let date = date(Timestamp::now() + ahead);
            skewed(ahead, request)
                .unwrap_or_else(|| Reply::new(200, "{}").header("ETag", "\"one\"").header("Date", date))
        })
        .await;
        let store = S3Store::new(instance(&server).await);
        assert_eq!(store.get(&record(), 10).await.unwrap().unwrap(), b"{}");
        let trouble = store.clock_trouble().map_or(String::new(), |trouble| trouble.reason);
        assert_eq!(server.requests().len(), if words.is_empty() { 1 } else { 2 });
        assert!(trouble.contains(words) && trouble.is_empty() == words.is_empty(), "{trouble}");
    }
}

#[tokio::test]
async fn a_clock_that_nothing_corrects_is_told_in_seconds() {
    for (ahead, words) in [(-HOUR, "s ahead of that of AWS"), (HOUR, "s behind that of AWS")] {
        let server = Server::start(move |_, _| refusal(Timestamp::now() + ahead)).await;
        let error = StepError::from(S3Store::new(instance(&server).await).get(&record(), 10).await.unwrap_err());
        let told = error.reason.replace("3599 s", "3600 s").replace("3601 s", "3600 s");
        let expected =
            format!("the clock of this instance is 3600 {words}: AWS takes nothing that is signed with such a time");
        assert_eq!((told, error.wait), (expected, Wait::Later));
        assert!(error.hint.unwrap().contains("chronyc"));
    }
}
