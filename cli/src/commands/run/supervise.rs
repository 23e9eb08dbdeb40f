//! The life of a one-off container: created, started, attached to, and removed however it ends.

use std::pin::pin;

use crate::attach::{self, Ended, Sink};
use crate::docker::Engine;
use crate::docker::one_off::OneOff;
use crate::docker::program::Program;
use crate::error::Exit;
use crate::printer::Printer;
use crate::signals::Signals;
use crate::terminal::Size;

/// Runs the container to its end.
pub(super) async fn run(printer: Printer, engine: &Engine, one_off: OneOff) -> anyhow::Result<Exit> {
    let mut signals = Signals::listen()?;
    let (tty, grace) = (one_off.tty, one_off.settings.stop_timeout);
    let (id, program) = engine.create_one_off(one_off).await?;
    let mut sink = Sink::new(printer);
    let ended = {
        let mut life = pin!(life(engine, &id, program, tty, &mut sink));
        tokio::select! {
            ended = &mut life => ended,
            number = signals.next() => {
                printer.say(format_args!("stopping the container, for at most {grace}; again, and it is killed"));
                tokio::select! {
                    // What it says at its end is shown, too.
                    _ = futures_util::future::join(engine.stop(&id, grace), life) => {}
                    _ = signals.next() => {}
                }
                Ok(Ending::Signal(number))
            }
        }
    };
    engine.remove(&id).await?;
    match ended? {
        Ending::Program(code) => {
            sink.finish(code)?;
            Ok(Exit::Program(attach::exit_code(code)))
        }
        Ending::Reader => Ok(Exit::Program(attach::READER_LEFT)),
        Ending::Signal(number) => Ok(Exit::Program(attach::BY_SIGNAL + number)),
    }
}

/// What ended the container.
enum Ending {
    /// Its program, with this exit code.
    Program(i64),
    /// Nobody reads what it writes.
    Reader,
    /// A signal to this program.
    Signal(u8),
}

async fn life(engine: &Engine, id: &str, program: Program, tty: bool, sink: &mut Sink) -> anyhow::Result<Ending> {
    let waiting = {
        let (engine, id) = (engine.clone(), id.to_owned());
        tokio::spawn(async move { engine.exit_code(&id).await })
    };
    // The question is under way before the program can have ended, as its container goes with it.
    tokio::task::yield_now().await;
    if let Err(error) = engine.start(id).await {
        waiting.abort();
        return Err(error);
    }
    match attach::connect(program, tty, sink, async |size: Size| engine.resize(id, size).await).await? {
        Ended::Program => Ok(Ending::Program(waiting.await??)),
        Ended::Reader => Ok(Ending::Reader),
    }
}
