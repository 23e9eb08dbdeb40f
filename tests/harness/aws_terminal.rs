//! Commands of `jetway` on a terminal, where they ask and are answered.

use std::time::Instant;

use crate::aws::{Aws, python};
use crate::outcome::Outcome;
use crate::programs::program;

/// Runs a program on a terminal of its own and types a line when it asks, or a Ctrl-C, which ends no line; all that it
/// printed comes on stdout.
const TERMINAL: &str = "\
import os, pty, sys
answer, line = sys.argv[1], sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    os.execv(line[0], line)
seen = b''
while True:
    try:
        more = os.read(terminal, 4096)
    except OSError:
        break
    if not more:
        break
    seen += more
    if answer and seen.endswith((b'to go on: ', b'[y/N] ')):
        os.write(terminal, answer.encode() + (b'' if answer == '\\x03' else b'\\n'))
        answer = ''
sys.stdout.buffer.write(seen)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
";

impl Aws {
    /// Runs `jetway` on a terminal and types `answer` when it asks. What it printed, on stdout or stderr, is all in
    /// `stdout`.
    #[must_use = "a run that nobody looks at proves nothing"]
    pub fn on_a_terminal(&self, variables: &[(&str, &str)], arguments: &[&str], answer: &str) -> Outcome {
        let mut command = python(&["-c", TERMINAL, answer]);
        command.arg(program("jetway")).args(arguments);
        self.prepare(&mut command);
        command.env("TERM", "xterm").envs(variables.iter().copied());
        let started = Instant::now();
        let output = command.output().unwrap();
        Outcome::new(format!("jetway {} (on a terminal)", arguments.join(" ")), &output, started.elapsed())
    }
}
