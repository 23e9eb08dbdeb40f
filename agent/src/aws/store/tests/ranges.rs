//! Ranges of blobs: what was transferred once is not transferred again, and what comes is of one version.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

const LENGTH: usize = 100_000;

/// What a read of the whole object gives when S3 answers so.
async fn read(
    reply: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
) -> (Result<Vec<u8>, StoreError>, Server) {
    let server = Server::start(reply).await;
    let mut store = store(&server).await;
    store.pace = Pace { stall: Duration::from_millis(200), slowest: 1 };
    let mut bytes = vec![0; LENGTH];
    let done = store.read(&record(), 0, &mut bytes).await;
    (done.map(|()| bytes), server)
}

#[tokio::test]
async fn a_range_goes_on_where_it_broke_off_wherever_that_is() {
    for at in (1..100).map(|step| step * LENGTH / 100) {
        let sent = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&sent);
        let (bytes, server) = read(move |number, request| {
            let reply = object(request, &noise(LENGTH));
            let reply = if number == 0 { reply.cut(at) } else { reply };
            counted.fetch_add(reply.size(), Ordering::SeqCst);
            reply
        })
        .await;
        assert_eq!(bytes.unwrap(), noise(LENGTH), "cut at {at}");
        assert!(sent.load(Ordering::SeqCst) <= LENGTH * 11 / 10, "cut at {at}");
        assert_eq!(server.requests()[1].header("range"), format!("bytes={at}-{}", LENGTH - 1));
    }
}

#[tokio::test]
async fn an_answer_that_stalls_is_given_up_for_a_new_connection() {
    let (bytes, server) = read(|number, request| {
        let reply = object(request, &noise(LENGTH));
        if number == 0 { reply.hang(1000) } else { reply }
    })
    .await;
    assert_eq!(bytes.unwrap(), noise(LENGTH));
    assert_eq!(server.requests()[1].header("range"), "bytes=1000-99999");
}

#[tokio::test]
async fn an_answer_that_never_comes_to_its_end_is_given_up_with_the_reason() {
    let (bytes, server) = read(|_, request| object(request, &noise(LENGTH)).cut(0)).await;
    let (reason, wait) = told(bytes.unwrap_err());
    assert!(reason.contains("`jetway/qa/web/releases/v42.json` broke off 5 times: "), "{reason}");
    assert_eq!((wait, server.requests().len()), (Wait::Later, 5));
}

#[tokio::test]
async fn a_range_that_is_ignored_costs_bytes_but_not_the_truth() {
    let (bytes, _) = read(|number, request| {
        let whole = Reply::new(200, noise(LENGTH + 5000)).header("ETag", "\"one\"");
        match number {
            0 => object(request, &noise(LENGTH)).cut(70_000),
            1 => whole.cut(90_000),
            _ => whole.without_length(),
        }
    })
    .await;
    assert_eq!(bytes.unwrap(), noise(LENGTH));
}

#[tokio::test]
async fn bytes_of_another_place_are_not_taken() {
    let (bytes, _) = read(|number, request| {
        let reply = object(request, &noise(LENGTH));
        if number == 0 {
            Reply::new(206, [9; 10]).header("ETag", "\"one\"").header("Content-Range", "bytes 5-14/100000")
        } else {
            reply
        }
    })
    .await;
    assert_eq!(bytes.unwrap(), noise(LENGTH));
}

#[tokio::test]
async fn an_object_that_changes_between_ranges_is_noticed() {
    let (bytes, server) = read(|number, request| match number {
        0 => object(request, &noise(LENGTH)).cut(500),
        _ => version(request, &noise(LENGTH), "\"two\""),
    })
    .await;
    assert!(matches!(bytes, Err(StoreError::Changed(_))), "{bytes:?}");
    assert_eq!(server.requests()[1].header("if-match"), "\"one\"");
}

#[tokio::test]
async fn an_object_that_changed_is_read_anew_by_whoever_asks_again() {
    let server = Server::start(|number, request| match number {
        0 => object(request, &noise(LENGTH)),
        _ => version(request, &noise(LENGTH), "\"two\""),
    })
    .await;
    let store = store(&server).await;
    let mut bytes = vec![0; 10];
    store.read(&record(), 0, &mut bytes).await.unwrap();
    assert!(matches!(store.read(&record(), 10, &mut bytes).await, Err(StoreError::Changed(_))));
    store.read(&record(), 10, &mut bytes).await.unwrap();
    assert_eq!(bytes, noise(LENGTH)[10..20]);
}

#[tokio::test]
async fn an_object_that_ends_earlier_is_short_and_one_that_is_not_there_is_missing() {
    for length in [10, LENGTH - 1] {
        let (bytes, _) = read(move |_, request| object(request, &noise(length))).await;
        assert!(matches!(bytes, Err(StoreError::Short(_))), "{bytes:?}");
    }
    let server = Server::start(|_, request| object(request, &noise(10))).await;
    assert!(matches!(store(&server).await.read(&record(), 50, &mut [0; 10]).await, Err(StoreError::Short(_))));
    let (bytes, _) = read(|_, _| refusal(404, "NoSuchKey", "The specified key does not exist.")).await;
    let (reason, wait) = told(bytes.unwrap_err());
    assert_eq!(reason, "`jetway/qa/web/releases/v42.json` is missing in the store, although the release needs it");
    assert_eq!(wait, Wait::Never);
}
