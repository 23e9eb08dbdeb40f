//! A program in a container on an instance: with a terminal through a session, without one as a command.

use bytes::Bytes;
use jetway_common::seconds::Seconds;

use super::Arguments;
use crate::attach::{self, Sink};
use crate::docker::logs::Channel;
use crate::error::{Exit, UserError};
use crate::remote::{Remote, Spot};
use crate::reply::{Ended, Reply, Silence};
use crate::session::{Session, Target};
use crate::signals::Signals;
use crate::spot;

pub(super) async fn run(
    session: &Session,
    target: &Target,
    remote: &dyn Remote,
    arguments: &Arguments,
) -> anyhow::Result<Exit> {
    let Arguments { instance, container, command, timeout, .. } = arguments;
    let spot = spot::container(session, target, instance.as_ref(), container.as_ref()).await?;
    if attach::wants_terminal(session.printer) {
        return remote.attach(&spot, command).await;
    }
    let mut signals = Signals::listen()?;
    let reply = tokio::select! {
        reply = remote.exec(&spot, command, *timeout) => reply?,
        signal = signals.next() => return Err(left_alone(&spot, *timeout, signal).into()),
    };
    match reply {
        Reply::Ended(ended) => finish(session, ended),
        Reply::Silent(silence) => Err(no_answer(&spot, &silence).into()),
    }
}

fn finish(session: &Session, Ended { exit_code, stdout, stderr, is_cut }: Ended) -> anyhow::Result<Exit> {
    let mut sink = Sink::new(session.printer);
    for (channel, text) in [(Channel::Stdout, stdout), (Channel::Stderr, stderr)] {
        sink.take(channel, &Bytes::from(text))?;
    }
    if is_cut {
        session.printer.warn("the output is longer than what SSM keeps, and its end is missing");
        sink.cut();
    }
    sink.finish(exit_code)?;
    Ok(Exit::Program(attach::exit_code(exit_code)))
}

fn no_answer(Spot { instance, .. }: &Spot, silence: &Silence) -> UserError {
    let message = format!("no answer from {instance}: {}", silence.sentence());
    match silence {
        // What ended the command does not end what it began in the container.
        Silence::TimedOut { .. } => UserError::unknown(format!("{message}; it may still run")),
        _ => UserError::failed(message),
    }
}

fn left_alone(Spot { instance, .. }: &Spot, timeout: Seconds, signal: u8) -> UserError {
    UserError::unknown(format!(
        "left alone by signal {signal}: the command goes on on {instance}, for at most {timeout}"
    ))
}
