//! What time it is at AWS.

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use jiff::Timestamp;
use jiff::fmt::rfc2822;

use super::account::Account;

/// The time that an answer of AWS carries, to the second; or why there is none.
pub async fn time(account: &Account) -> Result<Timestamp, String> {
    let date = DateHeader::default();
    let asked = aws_sdk_sts::Client::new(account.sdk()).get_caller_identity().customize().interceptor(date.clone());
    // Whatever comes of the call: it is the header that counts.
    let _ = asked.send().await;
    date.take()
}

/// Keeps the `Date` header of the last answer.
#[derive(Debug, Clone, Default)]
pub(super) struct DateHeader(Arc<Mutex<Option<String>>>);

impl DateHeader {
    /// The time that it tells, once; or why it tells none.
    pub(super) fn take(&self) -> Result<Timestamp, String> {
        let text = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let text = text.ok_or("AWS did not tell the time")?;
        let time = rfc2822::parse(&text).map_err(|_| "AWS told the time in a form that nobody knows".to_owned())?;
        Ok(time.timestamp())
    }
}

#[dyn_dispatch_hint]
impl Intercept for DateHeader {
    fn name(&self) -> &'static str {
        "DateHeader"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date").map(str::to_owned);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = date;
        Ok(())
    }
}
