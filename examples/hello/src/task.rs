//! What the program is started for: to serve, or for one task of a moment, as `jetway run` starts it.

/// What its arguments ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// The web application.
    Serve,
    /// Its page on standard output.
    Show,
    /// Nothing, until it is told to stop, as a task that takes long.
    Wait,
}

impl Task {
    /// Reads the arguments; without any it serves.
    pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let words: Vec<String> = arguments.collect();
        match words.join(" ").as_str() {
            "" | "serve" => Ok(Self::Serve),
            "show" => Ok(Self::Show),
            "wait" => Ok(Self::Wait),
            other => Err(format!("it cannot {other:?}; it can serve, show and wait")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_is_read() {
        let cases = [("", Task::Serve), ("serve", Task::Serve), ("show", Task::Show), ("wait", Task::Wait)];
        for (text, task) in cases {
            assert_eq!(Task::parse(text.split_whitespace().map(str::to_owned)), Ok(task), "{text:?}");
        }
        let refused = Task::parse(["fly".to_owned()].into_iter()).unwrap_err();
        assert_eq!(refused, "it cannot \"fly\"; it can serve, show and wait");
    }
}
