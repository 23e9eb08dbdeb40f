//! The clock of this instance against that of AWS, which dates every answer. The SDK signs with the time of AWS, so that a
//! wrong clock stops no boot; but what runs here has no other, so people hear of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use jiff::Timestamp;
use jiff::fmt::rfc2822;

use crate::error::StepError;

/// Half of what AWS bears with where it bears with the least, in seconds.
const BEARABLE: i64 = 150;
/// What to do about a clock.
pub(super) const HINT: &str = "let the clock be set: chronyc -a makestep; systemctl status chronyd";

/// How far ahead our clock was at the last answer, in seconds. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Clock(Arc<AtomicI64>);

impl Clock {
    /// What is wrong with the clock, as far as an answer has told it.
    pub(super) fn trouble(&self) -> Option<StepError> {
        let ahead = self.0.load(Ordering::Relaxed);
        (ahead.abs() > BEARABLE).then(|| StepError::later(apart(ahead)).hint(HINT))
    }
}

impl Intercept for Clock {
    fn name(&self) -> &'static str {
        "Clock"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(ahead) = ahead(context.response()) {
            self.0.store(ahead, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// How far our clock is ahead of that of who gave this answer, in seconds.
pub(super) fn ahead(answer: &HttpResponse) -> Option<i64> {
    let date = rfc2822::parse(answer.headers().get("date")?).ok()?;
    Some(Timestamp::now().as_second() - date.timestamp().as_second())
}

/// The same in words.
pub(super) fn apart(ahead: i64) -> String {
    match ahead {
        seconds @ 0.. => format!("the clock of this instance is {seconds} s ahead of that of AWS"),
        seconds => format!("the clock of this instance is {} s behind that of AWS", -seconds),
    }
}
