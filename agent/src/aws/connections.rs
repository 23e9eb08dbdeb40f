//! The HTTP client of AWS: one for all services, whose connections end soon after their last use.

use std::sync::OnceLock;
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// How long a connection stays at least that nobody uses; twice as long at most. The SDK's own client keeps those of a pull, with
/// their buffers, for 90 to 180 seconds. What asks every few seconds, as for a notice of the instance's end, goes on with its own.
const IDLE: Duration = Duration::from_secs(10);

/// A client for all services. The SDK would make one for each, and each would parse the machine's certificates and keep them.
/// Who shares it must allow a connection, and the beginning of an answer, the same time: that of the first call counts for all.
pub(super) fn client() -> SharedHttpClient {
    let connector = OnceLock::new();
    http_client_fn(move |settings, components| connector.get_or_init(|| connect(settings, components)).clone())
}

/// As the SDK's own client does, which also heeds the proxy of the environment.
fn connect(settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
    let mut builder = Connector::builder()
        .connector_settings(settings.clone())
        .pool_idle_timeout(IDLE)
        .proxy_config(ProxyConfig::from_env())
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc));
    builder.set_sleep_impl(components.sleep_impl());
    SharedHttpConnector::new(builder.build())
}

#[cfg(test)]
mod tests {
    use aws_config::BehaviorVersion;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio::time::Instant;

    use super::*;
    use crate::aws::Ec2;
    use crate::aws::testing::{metadata, place, role};

    /// Answers what comes on one connection, and takes no other, until it is closed; tells how much was asked.
    async fn answer_one(listener: TcpListener) -> usize {
        let (mut stream, _) = listener.accept().await.unwrap();
        drop(listener);
        let (mut request, mut count) = (vec![0; 64 * 1024], 0);
        while stream.read(&mut request).await.unwrap() > 0 {
            count += 1;
            stream.write_all(b"HTTP/1.1 200 x\r\nContent-Length: 2\r\n\r\n{}").await.unwrap();
        }
        count
    }

    #[tokio::test]
    async fn clients_share_connections_and_those_that_nobody_uses_are_closed() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(answer_one(listener));
        let loader = aws_config::defaults(BehaviorVersion::latest()).endpoint_url(url);
        let ec2 = Ec2::of(place(), metadata(&role(|_, _| None).await), loader).await;

        for client in [aws_sdk_kms::Client::new(ec2.sdk()), aws_sdk_kms::Client::new(ec2.sdk())] {
            client.list_keys().send().await.unwrap();
        }
        tokio::time::pause();
        let last_use = Instant::now();

        assert_eq!(server.await.unwrap(), 2);
        assert!(last_use.elapsed() <= IDLE * 2, "closed after {:?}", last_use.elapsed());
    }
}
