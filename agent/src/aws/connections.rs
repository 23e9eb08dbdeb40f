//! The connections to AWS: one pool for all services, which are closed soon after the last use.

use std::sync::OnceLock;
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::HttpConnectorSettings;
use aws_smithy_runtime_api::client::http::{SharedHttpClient, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// How long a connection stays that nobody uses. The SDK's own client keeps all of a pull for 90 seconds, with their buffers; a
/// report a minute needs none of them.
const IDLE: Duration = Duration::from_secs(10);

/// A client for all services. The SDK would make one for each of them, and each would read the machine's certificates.
/// The time limits are those of the first call: all services have the same.
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

    /// Answers what comes on one connection and nothing on others, until it is closed; tells how much was asked.
    async fn answer_one(listener: TcpListener) -> usize {
        let (mut stream, _) = listener.accept().await.unwrap();
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
