//! `jetway man`: the manual, made from the same text as `--help`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::CommandFactory as _;
use serde_json::json;

use crate::args;
use crate::error::Exit;
use crate::offline::Offline;

/// The arguments of `jetway man`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Write one page for each command into this folder, instead of printing the first.
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

/// Runs the command.
pub fn run(offline: &Offline, arguments: &Arguments) -> anyhow::Result<Exit> {
    if let Some(folder) = &arguments.folder {
        write(offline, folder)?;
        return Ok(Exit::Done);
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(args::Arguments::command()).render(&mut page)?;
    let page = String::from_utf8(page)?;
    offline.printer.answer(&json!({ "page": page }), || page.clone())?;
    Ok(Exit::Done)
}

fn write(offline: &Offline, folder: &Path) -> anyhow::Result<()> {
    let shown = folder.display();
    fs::create_dir_all(folder).with_context(|| format!("could not make the folder `{shown}`"))?;
    let command = args::Arguments::command();
    clap_mangen::generate_to(command, folder).with_context(|| format!("could not write the pages to `{shown}`"))?;
    let pages = fs::read_dir(folder)?.filter_map(Result::ok).filter(is_page).count();
    let document = json!({ "folder": folder, "pages": pages });
    offline.printer.answer(&document, || format!("{pages} pages in {shown}; `man -l {shown}/jetway.1` shows the first"))
}

fn is_page(entry: &fs::DirEntry) -> bool {
    Path::new(&entry.file_name()).extension().is_some_and(|end| end == "1")
}
