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
