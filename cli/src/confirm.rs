//! The questions that a person has to answer before something is changed.

use std::io::{self, BufRead as _, IsTerminal as _};

use tokio::sync::oneshot;

use crate::error::UserError;
use crate::printer::Printer;
use crate::signals::Signals;

impl Printer {
    /// Goes on only if the user answers with yes, or said `--yes`. Without a terminal that is an error, never a
    /// hang.
    pub async fn confirm(&self, what: &str) -> anyhow::Result<()> {
        if self.assume_yes {
            return Ok(());
        }
        let typed = ask(*self, what, &format!("{what}: go on? [y/N] ")).await?;
        if matches!(typed.to_lowercase().as_str(), "y" | "yes") { Ok(()) } else { Err(unchanged("not confirmed")) }
    }

    /// Goes on only if the user types `name`, or said `--yes`. Without a terminal that is an error, never a hang.
    pub async fn confirm_by_name(&self, what: &str, name: &str) -> anyhow::Result<()> {
        if self.assume_yes {
            return Ok(());
        }
        let typed = ask(*self, what, &format!("{what}: type `{name}` to go on: ")).await?;
        if typed == name { Ok(()) } else { Err(unchanged("not confirmed")) }
    }
}

async fn ask(printer: Printer, what: &str, question: &str) -> anyhow::Result<String> {
    if !io::stdin().is_terminal() {
        let message =
            format!("{what}: that needs a confirmation, and there is no terminal to ask on; nothing was changed");
        return Err(UserError::usage(message).hint("say --yes").into());
    }
    // Whoever asks has something to put back when the answer is Ctrl-C; and where signals were listened to before, they
    // would end nothing here.
    let mut signals = Signals::listen()?;
    printer.question(question);
    tokio::select! {
        biased;
        _ = signals.next() => {
            printer.question("\n");
            Err(unchanged("interrupted"))
        }
        line = typed_line() => Ok(line?.trim().to_owned()),
    }
}

/// A line is read by a thread of its own, which nobody waits for: no program can take the reading back.
async fn typed_line() -> anyhow::Result<String> {
    let (read, line) = oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let _ = read.send(io::stdin().lock().read_line(&mut line).map(|_| line));
    });
    Ok(line.await??)
}

fn unchanged(why: &str) -> anyhow::Error {
    UserError::failed(format!("{why}; nothing was changed")).into()
}
