//! Whole documents and reports.

use super::*;

#[tokio::test]
async fn a_document_is_read_as_the_role_and_from_the_accounts_own_bucket_alone() {
    let server = Server::start(|_, request| object(request, b"{}")).await;
    assert_eq!(store(&server).await.get(&record(), 10).await.unwrap().unwrap(), b"{}");
    let request = &server.requests()[0];
    assert!(request.path.starts_with("/jetway-storage/jetway/qa/web/releases/v42.json"), "{}", request.path);
    assert_eq!(request.header("x-amz-expected-bucket-owner"), "123456789012");
    assert_eq!(request.header("x-amz-security-token"), "session");
}

#[tokio::test]
async fn an_object_that_is_not_there_is_none() {
    let server = Server::start(|_, _| refusal(404, "NoSuchKey", "The specified key does not exist.")).await;
    assert!(store(&server).await.get(&record(), 10).await.unwrap().is_none());
}

#[tokio::test]
async fn s3_that_asks_for_patience_five_times_gets_it() {
    let server = Server::start(|number, request| match number {
        0..4 => refusal(503, "SlowDown", "Please reduce your request rate."),
        _ => object(request, b"{}"),
    })
    .await;
    assert!(store(&server).await.get(&record(), 10).await.unwrap().is_some());
}

#[tokio::test]
async fn every_refusal_says_what_was_asked_what_came_and_whether_it_may_pass() {
    let key = "s3:GetObject on arn:aws:s3:::jetway-storage/jetway/qa/web/releases/v42.json";
    for (status, code, message, reason, wait) in [
        (
            500,
            "InternalError",
            "We.",
            format!("AWS has a fault of its own with {key}: We. (HTTP 500, InternalError, request R1)"),
            Wait::Later,
        ),
        (
            503,
            "SlowDown",
            "Slow.",
            format!("AWS asks to be asked less often for {key}: Slow. (HTTP 503, SlowDown, request R1)"),
            Wait::Later,
        ),
        (
            403,
            "AccessDenied",
            "Access Denied",
            format!("AWS denies {key}: Access Denied (HTTP 403, AccessDenied, request R1)"),
            Wait::Later,
        ),
        (
            403,
            "AccessDenied",
            "User: u is not authorized to perform: kms:Decrypt on resource: \"k\" because nobody allows it",
            format!(
                "AWS denies kms:Decrypt on k, which {key} needs: User: u is not authorized to perform: kms:Decrypt on \
                 resource: \"k\" because nobody allows it (HTTP 403, AccessDenied, request R1)"
            ),
            Wait::Later,
        ),
        (
            403,
            "InvalidAccessKeyId",
            "Who?",
            format!(
                "AWS does not know the role's credentials for {key}: Who? (HTTP 403, InvalidAccessKeyId, request R1)"
            ),
            Wait::Later,
        ),
        (
            400,
            "ExpiredToken",
            "Over.",
            format!("AWS says that the role's credentials are over for {key}: Over."),
            Wait::Later,
        ),
        (301, "PermanentRedirect", "", format!("AWS wants another region for {key}: eu-west-1"), Wait::Never),
        (
            404,
            "NoSuchBucket",
            "No.",
            format!("AWS refuses {key}: No. (HTTP 404, NoSuchBucket, request R1)"),
            Wait::Never,
        ),
    ] {
        let (code, message) = (code.to_owned(), message.to_owned());
        let reply = move |_, _: &Request| refusal(status, &code, &message).header("x-amz-bucket-region", "eu-west-1");
        let error = store(&Server::start(reply).await).await.get(&record(), 10).await.unwrap_err();
        assert_eq!(told(error), (reason, wait));
    }
}

#[tokio::test]
async fn a_denial_is_waited_for_while_iam_tells_everybody_and_then_is_the_answer() {
    let server = Server::start(|_, _| refusal(403, "AccessDenied", "Access Denied")).await;
    let store = store(&server).await;
    store.put_report(&record(), Vec::new()).await.unwrap_err();
    let pass_by = async || {
        tokio::time::pause();
        tokio::time::advance(PATIENCE).await;
        tokio::time::resume();
    };
    pass_by().await;
    assert_eq!(
        told(store.get(&record(), 10).await.unwrap_err()).1,
        Wait::Later,
        "what reports have met is not counted"
    );
    pass_by().await;
    let error = StepError::from(store.get(&record(), 10).await.unwrap_err());
    assert_eq!(error.wait, Wait::Never);
    assert!(error.hint.unwrap().contains("jetway app show"));
}

#[tokio::test]
async fn what_is_denied_but_not_listed_is_missing() {
    for (listed, is_missing) in [("", true), ("v42.json", false), ("v42.json.bak", true)] {
        let server = Server::start(move |_, request| {
            if !request.path.contains("list-type=2") {
                return refusal(403, "AccessDenied", "Access Denied");
            }
            assert!(request.path.contains("prefix=jetway%2Fqa%2Fweb%2Freleases%2Fv42.json"), "{}", request.path);
            let found = format!("<Contents><Key>jetway/qa/web/releases/{listed}</Key></Contents>");
            let found = if listed.is_empty() { String::new() } else { found };
            Reply::new(200, format!("<ListBucketResult>{found}</ListBucketResult>"))
        })
        .await;
        let answer = store(&server).await.get(&record(), 10).await;
        assert_eq!(answer.is_ok_and(|found| found.is_none()), is_missing, "{listed}");
    }
}

#[tokio::test]
async fn a_page_of_a_portal_is_not_taken_for_the_document() {
    let page = |_, _: &Request| Reply::new(200, "<html>Sign in</html>").header("Content-Type", "text/html");
    let error = store(&Server::start(page).await).await.get(&record(), 100).await.unwrap_err();
    let reason = "`jetway/qa/web/releases/v42.json` comes from something that is not S3 (text/html)";
    assert_eq!(told(error), (reason.to_owned(), Wait::Later));
    let page = |_, _: &Request| Reply::new(403, "<html>Sign in</html>").header("Content-Type", "text/html");
    let (reason, wait) = told(store(&Server::start(page).await).await.get(&record(), 100).await.unwrap_err());
    assert!(reason.contains("something else does") && reason.ends_with("HTTP 403, text/html"), "{reason}");
    assert_eq!(wait, Wait::Later);
}

#[tokio::test]
async fn a_document_that_is_larger_than_any_is_not_read_to_its_end() {
    for endless in [false, true] {
        let server = Server::start(move |_, request| {
            let reply = object(request, &[7; 2000]);
            if endless { reply.without_length().hang(2000) } else { reply }
        })
        .await;
        let error = store(&server).await.get(&record(), 1000).await.unwrap_err();
        assert!(matches!(error, StoreError::TooLarge { limit: 1000, .. }), "{error}");
    }
}

#[tokio::test]
async fn a_document_that_broke_off_is_asked_for_again() {
    let server = Server::start(|number, request| {
        let reply = object(request, &[7; 2000]);
        if number < 2 { reply.cut(number * 999) } else { reply }
    })
    .await;
    assert_eq!(store(&server).await.get(&record(), 2000).await.unwrap().unwrap(), [7; 2000]);
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn s3_that_cannot_be_reached_is_told_with_the_reason() {
    let mut server = Server::start(|_, request| object(request, b"{}")).await;
    for (url, reason) in [
        ("http://127.0.0.1:1", "refused"),
        ("http://no-such-host.invalid", "lookup"),
        ("https://HOST", "tls handshake"),
    ] {
        let address = server.url.replace("http://", "");
        server.url = url.replace("HOST", &address);
        let (told, wait) = told(store(&server).await.get(&record(), 10).await.unwrap_err());
        assert!(told.starts_with("AWS was not reached for s3:GetObject") && told.contains(reason), "{told}");
        assert_eq!(wait, Wait::Later);
        server.url = format!("http://{address}");
    }
}

#[tokio::test]
async fn a_report_replaces_the_one_before_with_its_checksum() {
    let server = Server::start(|_, _| Reply::new(200, "").header("ETag", "\"two\"")).await;
    let key = ApplicationKeys::new(&"qa".parse().unwrap(), &"web".parse().unwrap())
        .report("v42".parse().unwrap(), &"i-0abc".parse().unwrap());
    store(&server).await.put_report(&key, b"{}".to_vec()).await.unwrap();
    let request = &server.requests()[0];
    assert!(request.path.starts_with("/jetway-storage/jetway/qa/web/instances/v42/i-0abc.json"), "{}", request.path);
    assert_eq!((request.method.as_str(), request.body.as_slice()), ("PUT", b"{}".as_slice()));
    assert!(!request.header("x-amz-checksum-sha256").is_empty());
    assert_eq!(request.header("x-amz-expected-bucket-owner"), "123456789012");
}
