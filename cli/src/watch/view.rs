//! Shows a launch while it is followed: what is done as lines, what is under way as the one line that changes.

use std::collections::BTreeMap;

use jetway_common::report::{BootReport, Phase, PhaseReport};

use crate::fleet::News;
use crate::printer::{Printer, harmless};
use crate::progress::Step;

/// What people see of a launch.
pub(super) struct View<'a> {
    printer: &'a Printer,
    /// Whether instances have names that are worth showing: there may be several.
    has_names: bool,
    /// How many phases of each boot were shown.
    shown: BTreeMap<String, usize>,
    under_way: Option<(String, Step)>,
}

impl<'a> View<'a> {
    pub(super) fn new(printer: &'a Printer, has_names: bool) -> Self {
        Self { printer, has_names, shown: BTreeMap::new(), under_way: None }
    }

    /// Shows what is new, and then what is under way: what the instances say, else what the fleet waits for.
    pub(super) fn show<'r>(
        &mut self,
        news: &[News],
        reports: impl Iterator<Item = &'r BootReport>,
        coming: Option<&str>,
    ) {
        for News { title, text, seconds } in news {
            self.done(title, text, *seconds);
        }
        let booting: Vec<_> = reports.filter_map(|report| Some((report, self.show_report(report)?))).collect();
        match (booting.as_slice(), coming) {
            ([(report, phase)], _) => {
                let note = format!("{}{}", self.name(report), outcome(phase));
                self.wait_for(&phase.phase.to_string(), &note);
            }
            ([], None) => self.under_way = None,
            ([], Some(coming)) => self.wait_for("wait", coming),
            (booting, _) => {
                let each = booting.iter().map(|(report, phase)| format!("{} {}", report.instance, phase.phase));
                self.wait_for("boot", &each.collect::<Vec<_>>().join(", "));
            }
        }
    }

    /// Shows the phases that are over, and gives the one that is under way.
    fn show_report<'r>(&mut self, report: &'r BootReport) -> Option<&'r PhaseReport> {
        let mut shown = self.shown.get(&report.boot).copied().unwrap_or(0);
        let is_of_boot = |phase: &&PhaseReport| Phase::BOOT.contains(&phase.phase);
        while let Some(phase) = report.history.get(shown).filter(is_of_boot) {
            let Some(seconds) = phase.seconds else { break };
            let text = format!("{}{}", self.name(report), outcome(phase));
            self.done(&phase.phase.to_string(), &text, seconds);
            shown += 1;
        }
        self.shown.insert(report.boot.clone(), shown);
        report.history.get(shown).filter(is_of_boot)
    }

    fn name(&self, report: &BootReport) -> String {
        if self.has_names { format!("{}: ", report.instance) } else { String::new() }
    }

    fn done(&mut self, title: &str, text: &str, seconds: f64) {
        let under_way = self.under_way.take_if(|(waiting, _)| waiting == title).map(|(_, step)| step);
        // Two lines that change would write over each other.
        self.under_way = None;
        under_way.unwrap_or_else(|| self.printer.step(title)).done_in(text, seconds);
    }

    fn wait_for(&mut self, title: &str, note: &str) {
        if self.under_way.as_ref().is_none_or(|(waiting, _)| waiting != title) {
            self.under_way = None;
        }
        let (_, step) = self.under_way.get_or_insert_with(|| (title.to_owned(), self.printer.step(title)));
        step.note(note);
    }
}

fn outcome(phase: &PhaseReport) -> String {
    phase.note.as_deref().map_or_else(|| phase.phase.sentence().to_owned(), harmless)
}
