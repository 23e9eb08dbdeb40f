//! How a line of a log is shown.

use std::collections::BTreeSet;
use std::io::IsTerminal as _;

use jetway_common::name::ContainerName;
use serde_json::{Map, Value};

use crate::docker::containers::Found;
use crate::docker::logs::Line;
use crate::printer::{Format, Printer, harmless};
use crate::remote::RemoteLine;

/// How lines are shown.
pub(super) struct View {
    printer: Printer,
    /// The width of the column of names; none if there is one container.
    names: Option<usize>,
    has_releases: bool,
    has_times: bool,
    is_terminal: bool,
}

impl View {
    /// For lines of these containers.
    pub(super) fn new(printer: Printer, containers: &[Found], has_times: bool) -> Self {
        let releases: BTreeSet<_> = containers.iter().map(|container| container.release).collect();
        let mut view = Self::of_names(printer, 0);
        view.has_releases = releases.len() > 1;
        view.has_times = has_times;
        let width = containers.iter().map(|container| view.name(container).len()).max();
        view.names = width.filter(|_| containers.len() > 1);
        view
    }

    /// For lines of which only the container's name is known; `width` 0 for a single container.
    pub(super) fn of_names(printer: Printer, width: usize) -> Self {
        let names = Some(width).filter(|width| *width > 0);
        Self { printer, names, has_releases: false, has_times: false, is_terminal: std::io::stdout().is_terminal() }
    }

    /// For lines from instances, of which nobody knows beforehand which there are.
    pub(super) fn of_instances(printer: Printer, has_times: bool) -> Self {
        Self { names: Some(0), has_times, ..Self::of_names(printer, 0) }
    }

    fn name(&self, container: &Found) -> String {
        if self.has_releases { format!("{} {}", container.name, container.release) } else { container.name.to_string() }
    }

    /// Shows a line, and tells whether anybody still reads.
    pub(super) fn show(&self, container: &Found, line: &Line) -> anyhow::Result<bool> {
        if self.printer.format == Format::Json {
            let more = [
                ("release", serde_json::to_value(container.release)?),
                ("at", serde_json::to_value(line.at)?),
                ("channel", serde_json::to_value(line.channel)?),
            ];
            return self.show_json(container.name.as_str(), &line.text, more);
        }
        self.show_text(&self.name(container), &self.time(line), &line.text)
    }

    /// Shows a line from an instance, and tells whether anybody still reads.
    pub(super) fn show_remote(&self, found: &RemoteLine) -> anyhow::Result<bool> {
        let RemoteLine { instance, container, release, line } = found;
        let container = container.as_ref().map_or("-", ContainerName::as_str);
        if self.printer.format == Format::Json {
            let more = [
                ("instance", harmless(instance).into()),
                ("release", serde_json::to_value(release)?),
                ("at", serde_json::to_value(line.at)?),
                ("channel", serde_json::to_value(line.channel)?),
            ];
            return self.show_json(container, &line.text, more);
        }
        let time = self.time(line);
        self.show_text(&format!("{} {container}", harmless(instance)), &time, &line.text)
    }

    fn time(&self, line: &Line) -> String {
        if self.has_times { format!("{:.3} ", line.at) } else { String::new() }
    }

    /// Shows a line of which only the container's name is known.
    pub(super) fn show_saved(&self, container: &str, text: &[u8]) -> anyhow::Result<bool> {
        if self.printer.format == Format::Json {
            return self.show_json(container, text, []);
        }
        self.show_text(container, "", text)
    }

    /// One object in one line.
    fn show_json<const N: usize>(
        &self,
        container: &str,
        text: &[u8],
        more: [(&str, Value); N],
    ) -> anyhow::Result<bool> {
        let text = String::from_utf8_lossy(text).into_owned();
        let own = [("container", container.into()), ("line", text.into())];
        let object: Map<String, Value> =
            own.into_iter().chain(more).map(|(name, value)| (name.to_owned(), value)).collect();
        self.printer.pass_on(format!("{}\n", Value::Object(object)).as_bytes())
    }

    fn show_text(&self, name: &str, time: &str, text: &[u8]) -> anyhow::Result<bool> {
        let mut shown = self.names.map_or(String::new(), |width| format!("{name:<width$} | ")).into_bytes();
        shown.extend_from_slice(time.as_bytes());
        if self.is_terminal {
            // What a program wrote must not move the cursor or write over what is there.
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            shown.extend_from_slice(harmless(&String::from_utf8_lossy(text)).as_bytes());
        } else {
            shown.extend_from_slice(text);
        }
        shown.push(b'\n');
        self.printer.pass_on(&shown)
    }
}
