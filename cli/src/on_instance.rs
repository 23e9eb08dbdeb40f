//! Runs a program on an instance to its end: with a terminal through a session, without one as a command.

use std::pin::pin;

use bytes::Bytes;
use jetway_common::name::InstanceId;
use jetway_common::seconds::Seconds;
use tokio_util::sync::CancellationToken;

use crate::attach::{self, Sink};
use crate::docker::logs::Channel;
use crate::error::{Exit, UserError};
use crate::printer::Printer;
use crate::remote::{Job, Remote, Stop};
use crate::reply::{Ended, Reply, Silence};
use crate::signals::Signals;

/// Shows what it writes, and gives its exit code. Without a terminal it has no input, and `limit` bounds it.
pub async fn run(
    printer: Printer,
    remote: &dyn Remote,
    instance: &InstanceId,
    job: Job<'_>,
    limit: Seconds,
) -> anyhow::Result<Exit> {
    if attach::wants_terminal(printer) {
        return remote.attach(instance, job).await;
    }
    let (mut signals, stop) = (Signals::listen()?, CancellationToken::new());
    let mut reply = pin!(remote.run(instance, job, limit, Stop { asked: &stop, printer }));
    let (reply, signal) = tokio::select! {
        reply = &mut reply => (reply?, None),
        signal = signals.next() => {
            // What a cancelled `docker exec` has begun in a container would go on there all the same.
            if matches!(job, Job::Exec { .. }) {
                return Err(left_alone(instance, limit, signal).into());
            }
            printer.say("cancelling; again, and the command is left alone");
            stop.cancel();
            tokio::select! {
                reply = &mut reply => (reply?, Some(signal)),
                signal = signals.next() => return Err(left_alone(instance, limit, signal).into()),
            }
        }
    };
    match (reply, signal) {
        (Reply::Ended(ended), _) => finish(printer, ended),
        (Reply::Silent(silence), None) => Err(no_answer(instance, &silence).into()),
        (Reply::Silent(silence), Some(signal)) => Err(cancelled(instance, &silence, signal).into()),
    }
}

fn finish(printer: Printer, Ended { exit_code, stdout, stderr, is_cut }: Ended) -> anyhow::Result<Exit> {
    let mut sink = Sink::new(printer);
    for (channel, text) in [(Channel::Stdout, stdout), (Channel::Stderr, stderr)] {
        sink.take(channel, &Bytes::from(text))?;
    }
    if is_cut {
        printer.warn("the output is longer than what SSM keeps, and its end is missing");
        sink.cut();
    }
    sink.finish(exit_code)?;
    Ok(Exit::Program(attach::exit_code(exit_code)))
}

fn no_answer(instance: &InstanceId, silence: &Silence) -> UserError {
    let message = format!("no answer from {instance}: {}", silence.sentence());
    match silence {
        // What ended the command does not end what it began in the container.
        Silence::TimedOut { .. } => UserError::unknown(format!("{message}; it may still run")),
        _ => UserError::failed(message),
    }
}

fn cancelled(instance: &InstanceId, silence: &Silence, signal: u8) -> UserError {
    if *silence == Silence::Cancelled {
        let message = format!("cancelled by signal {signal}: the agent on {instance} stops the container");
        return UserError { exit: Exit::Program(attach::BY_SIGNAL + signal), ..UserError::failed(message) };
    }
    UserError::unknown(format!("{instance} did not confirm that the command was cancelled; it may still run"))
}

fn left_alone(instance: &InstanceId, limit: Seconds, signal: u8) -> UserError {
    UserError::unknown(format!("left alone by signal {signal}: the command goes on on {instance}, for at most {limit}"))
}
