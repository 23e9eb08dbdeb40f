//! What the application answers: a function of the path, what it was deployed with, and the time since its start.

use std::env;
use std::fs;
use std::path::Path;
use std::time::Instant;

use crate::mode::Mode;

/// What Jetway and the image told the application.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    release: Option<String>,
    environment: Option<String>,
    application: Option<String>,
    instance: Option<String>,
    greeting: Option<String>,
    version: Option<String>,
}

impl Facts {
    /// Reads the environment, and the version file that a small layer of the image holds.
    pub(crate) fn from_environment() -> Self {
        let variable = |name| env::var(name).ok();
        Self {
            release: variable("JETWAY_RELEASE"),
            environment: variable("JETWAY_ENVIRONMENT"),
            application: variable("JETWAY_APPLICATION"),
            instance: variable("JETWAY_INSTANCE"),
            greeting: config_file("GREETING").or_else(|| variable("GREETING")),
            version: fs::read_to_string("/version.txt").ok().map(|text| text.trim_end().to_owned()),
        }
    }

    /// All of it as text.
    pub(crate) fn page(&self) -> String {
        let rows = [
            ("release", &self.release),
            ("environment", &self.environment),
            ("application", &self.application),
            ("instance", &self.instance),
            ("greeting", &self.greeting),
            ("version", &self.version),
        ];
        let lines = rows.map(|(name, value)| format!("{name:<12} {}\n", value.as_deref().unwrap_or("(not set)")));
        format!("Hello from Jetway\n\n{}", lines.concat())
    }
}

/// A config value that was delivered as a file.
fn config_file(name: &str) -> Option<String> {
    let folder = env::var_os("JETWAY_CONFIG_DIR")?;
    fs::read_to_string(Path::new(&folder).join(name)).ok()
}

/// The application while it serves.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) facts: Facts,
    pub(crate) mode: Mode,
    pub(crate) started: Instant,
}

/// An answer: always plain text, so nothing in it needs escaping.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, body: body.into() }
    }
}

impl Site {
    /// Answers a request for this path.
    pub(crate) fn answer(&self, path: &str) -> Answer {
        match path {
            "/" => Answer::new(200, self.facts.page()),
            "/health-check" => self.health(),
            "/version" => match &self.facts.version {
                Some(version) => Answer::new(200, format!("{version}\n")),
                None => Answer::new(404, "this image has no /version.txt\n"),
            },
            _ => Answer::new(404, "not found\n"),
        }
    }

    fn health(&self) -> Answer {
        match self.mode {
            Mode::Unhealthy => Answer::new(503, "the database does not answer\n"),
            Mode::Slow(wait) if self.started.elapsed() < wait => Answer::new(503, "still warming up\n"),
            _ => Answer::new(200, "ok\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn site(mode: Mode) -> Site {
        let facts = Facts {
            release: Some("v1".to_owned()),
            greeting: Some("good morning".to_owned()),
            version: Some("one".to_owned()),
            ..Facts::default()
        };
        Site { facts, mode, started: Instant::now() }
    }

    #[test]
    fn the_page_shows_what_is_set_and_what_is_not() {
        let answer = site(Mode::Ok).answer("/");
        assert_eq!(answer.status, 200);
        for line in
            ["release      v1\n", "greeting     good morning\n", "environment  (not set)\n", "version      one\n"]
        {
            assert!(answer.body.contains(line), "{line:?} is missing in {}", answer.body);
        }
    }

    #[test]
    fn the_environment_is_not_published() {
        for path in ["/env", "/environment", "/../", "//", ""] {
            assert_eq!(site(Mode::Ok).answer(path).status, 404, "{path:?}");
        }
    }

    #[test]
    fn health_follows_the_mode() {
        let cases = [
            (Mode::Ok, 200),
            (Mode::Leak, 200),
            (Mode::Unhealthy, 503),
            (Mode::Slow(Duration::ZERO), 200),
            (Mode::Slow(Duration::from_hours(1)), 503),
        ];
        for (mode, status) in cases {
            let answer = site(mode).answer("/health-check");
            assert_eq!(answer.status, status, "{mode:?}");
            assert!(!answer.body.is_empty());
        }
    }

    #[test]
    fn version_is_the_layers_file() {
        assert_eq!(site(Mode::Ok).answer("/version"), Answer::new(200, "one\n"));
        let bare = Site { facts: Facts::default(), mode: Mode::Ok, started: Instant::now() };
        assert_eq!(bare.answer("/version").status, 404);
    }
}
