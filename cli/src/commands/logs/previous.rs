//! The logs that the agent saved of containers before it removed them.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::path::Path;

use jetway_common::name::ContainerName;

use super::view::View;
use crate::error::{Exit, UserError};
use crate::nearest;
use crate::session::{Session, Target};

pub(super) fn run(
    session: &Session,
    target: &Target,
    container: Option<&ContainerName>,
    tail: Option<u32>,
) -> anyhow::Result<Exit> {
    let folder = session.home()?.instance(&target.application).join("logs");
    let mut names = names(&folder)?;
    if names.is_empty() {
        let message =
            format!("no container of {} has been removed from {} yet", target.application, target.environment);
        return Err(UserError::failed(message).hint("without --previous, the containers of now are shown").into());
    }
    if let Some(name) = container {
        if !names.contains(name) {
            let known = names.iter().map(ContainerName::as_str);
            return Err(UserError::usage(nearest::unknown(
                "there is no saved log of a container",
                name.as_str(),
                known,
            ))
            .into());
        }
        names.retain(|found| found == name);
    }
    let width = if names.len() > 1 { names.iter().map(|name| name.as_str().len()).max().unwrap_or(0) } else { 0 };
    let view = View::of_names(session.printer, width);
    for name in &names {
        if !show(&view, &folder, name, tail)? {
            break;
        }
    }
    Ok(Exit::Done)
}

fn names(folder: &Path) -> anyhow::Result<Vec<ContainerName>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        names.extend(name.to_str().and_then(|name| name.strip_suffix(".log")?.parse().ok()));
    }
    names.sort_unstable();
    Ok(names)
}

/// Whether anybody still reads.
fn show(view: &View, folder: &Path, name: &ContainerName, tail: Option<u32>) -> anyhow::Result<bool> {
    let file = File::open(folder.join(format!("{name}.log")))?;
    let mut lines = BufReader::new(file).split(b'\n');
    let Some(tail) = tail else {
        return lines.try_fold(true, |is_read, line| Ok(is_read && view.show_saved(name.as_str(), &line?)?));
    };
    let tail = usize::try_from(tail)?;
    let mut last = VecDeque::new();
    for line in lines {
        last.push_back(line?);
        while last.len() > tail {
            last.pop_front();
        }
    }
    last.iter().try_fold(true, |is_read, line| Ok(is_read && view.show_saved(name.as_str(), line)?))
}
