//! Reads a log group, from the beginning of what is wanted or from its end, and goes on as it grows.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::operation::filter_log_events::FilterLogEventsOutput;
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use jiff::{SignedDuration, Timestamp};

use super::event::Unfinished;
use crate::aws::account::Account;
use crate::aws::fault::Fault;
use crate::error::UserError;
use crate::remote::{LogPart, ReadLog, RemoteLine};

/// How often a log that is followed is looked at: an account may ask a few times a second, and others ask, too.
const PAUSE: Duration = Duration::from_secs(2);
/// How much later than its time an event may come in: agents send what they have collected every five seconds.
const LATENESS: SignedDuration = SignedDuration::from_secs(30);
/// No log is read from its end that goes back further:
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>.
const EARLIEST: Timestamp = Timestamp::constant(1_704_067_200, 0);

/// A log group that is being read.
pub(super) struct LogReader<'a> {
    account: &'a Account,
    client: Client,
    group: String,
    part: LogPart,
    place: Place,
    unfinished: Unfinished,
    /// What was shown of the time in which more may come in, by when it was written.
    shown: BTreeMap<String, i64>,
}

/// How far a log has been read.
enum Place {
    /// Nothing is read yet.
    Start,
    /// There is a next page of what was there at the start.
    Page(String),
    /// All that was there is read; events with this time in milliseconds and later may be new.
    Since(i64),
    /// It is not followed, and read.
    End,
}

impl<'a> LogReader<'a> {
    pub(super) fn new(account: &'a Account, group: String, part: LogPart) -> Self {
        let (client, place, unfinished) = (Client::new(account.sdk()), Place::Start, Unfinished::default());
        Self { account, client, group, part, place, unfinished, shown: BTreeMap::new() }
    }

    async fn ask(
        &self,
        since: Option<i64>,
        token: Option<&str>,
        from_head: bool,
    ) -> Result<FilterLogEventsOutput, Fault> {
        let request = self.client.filter_log_events().log_group_name(&self.group).set_start_time(since);
        let prefix = self.part.instance.as_ref().map(ToString::to_string);
        let request = request.set_log_stream_name_prefix(prefix).set_next_token(token.map(str::to_owned));
        let request = if from_head { request } else { request.start_from_head(false) };
        request.send().await.map_err(|error| Fault::of(&error))
    }

    fn explain(&self, fault: &Fault) -> UserError {
        match fault {
            Fault::Refused { code, .. } if code == "ResourceNotFoundException" => {
                UserError::failed(format!("there is no log group {}", self.group))
                    .hint("`jetway app create` makes it, together with the rest of the application")
            }
            _ => fault.tell(&format!("read the log group {}", self.group), self.account.profile()),
        }
    }

    fn since(&self) -> Option<i64> {
        self.part.since.map(Timestamp::as_millisecond)
    }

    fn fits(&self, line: &RemoteLine) -> bool {
        let LogPart { instance, container, release, .. } = &self.part;
        instance.as_ref().is_none_or(|wanted| wanted.as_str() == line.instance)
            && (container.is_none() || *container == line.container)
            && (release.is_none() || *release == line.release)
    }

    /// The lines that these events, in order, are or end. What was shown already is passed over.
    fn lines(&mut self, events: Vec<FilteredLogEvent>) -> Vec<RemoteLine> {
        let mut lines = Vec::new();
        for event in events {
            if let (true, Some(id)) = (self.part.follow, &event.event_id) {
                let at = event.timestamp.unwrap_or_default();
                if self.shown.insert(id.clone(), at).is_some() {
                    continue;
                }
            }
            lines.extend(self.unfinished.push(event));
        }
        lines.retain(|line| self.fits(line));
        lines.sort_by_key(|line| line.line.at);
        lines
    }

    /// A page of what there is, oldest first.
    async fn page(&mut self, token: Option<String>) -> Result<Vec<RemoteLine>, Fault> {
        let answer = self.ask(self.since(), token.as_deref(), true).await?;
        let lines = self.lines(answer.events.unwrap_or_default());
        self.place = match answer.next_token {
            Some(token) => Place::Page(token),
            None => self.behind_what_is_there(),
        };
        Ok(lines)
    }

    /// The last lines that fit, read from the end.
    async fn tail(&mut self, wanted: usize) -> Result<Vec<RemoteLine>, Fault> {
        let since = self.since().unwrap_or_default().max(EARLIEST.as_millisecond());
        let (mut events, mut token) = (VecDeque::new(), None);
        let mut lines: Vec<RemoteLine>;
        loop {
            let answer = self.ask(Some(since), token.as_deref(), false).await?;
            for event in answer.events.unwrap_or_default() {
                events.push_front(event);
            }
            // Only whole lines count, and a page may begin in the middle of one.
            let mut attempt = Unfinished::default();
            lines =
                events.iter().cloned().filter_map(|event| attempt.push(event)).filter(|line| self.fits(line)).collect();
            token = answer.next_token;
            if lines.len() >= wanted || token.is_none() {
                break;
            }
        }
        lines.sort_by_key(|line| line.line.at);
        lines.drain(..lines.len().saturating_sub(wanted));
        if self.part.follow {
            // What follows must pass over all of these.
            self.lines(events.into());
        }
        self.place = self.behind_what_is_there();
        Ok(lines)
    }

    fn behind_what_is_there(&self) -> Place {
        if !self.part.follow {
            return Place::End;
        }
        let newest = self.shown.values().max().copied();
        Place::Since(newest.or_else(|| self.since()).unwrap_or_else(|| Timestamp::now().as_millisecond()))
    }

    /// What has come in since.
    async fn news(&mut self, newest: i64) -> Result<Vec<RemoteLine>, Fault> {
        let from = newest.saturating_sub(i64::try_from(LATENESS.as_millis()).unwrap_or_default());
        let (mut events, mut token) = (Vec::new(), None);
        loop {
            let answer = self.ask(Some(from), token.as_deref(), true).await?;
            events.extend(answer.events.unwrap_or_default());
            token = answer.next_token;
            if token.is_none() {
                break;
            }
        }
        let lines = self.lines(events);
        self.shown.retain(|_, at| *at >= from);
        self.place = Place::Since(self.shown.values().max().copied().unwrap_or(newest));
        Ok(lines)
    }

    /// A look for news that fails decides nothing, unless no later one can tell more.
    async fn patiently(&mut self, newest: i64) -> Result<Vec<RemoteLine>, Fault> {
        tokio::time::sleep(PAUSE).await;
        match self.news(newest).await {
            Err(fault) if fault.is_transient() => {
                tracing::warn!("could not read the log group {}: {fault:?}", self.group);
                self.place = Place::Since(newest);
                Ok(Vec::new())
            }
            done => done,
        }
    }
}

#[async_trait]
impl ReadLog for LogReader<'_> {
    async fn next(&mut self) -> anyhow::Result<Option<Vec<RemoteLine>>> {
        let place = std::mem::replace(&mut self.place, Place::End);
        let lines = match (place, self.part.tail) {
            (Place::Start, Some(wanted)) => self.tail(wanted).await,
            (Place::Start, None) => self.page(None).await,
            (Place::Page(token), _) => self.page(Some(token)).await,
            (Place::Since(newest), _) => self.patiently(newest).await,
            (Place::End, _) => {
                let rest: Vec<_> = self.unfinished.rest().into_iter().filter(|line| self.fits(line)).collect();
                return Ok(Some(rest).filter(|rest| !rest.is_empty()));
            }
        };
        Ok(Some(lines.map_err(|fault| self.explain(&fault))?))
    }
}
