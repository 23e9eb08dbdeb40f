//! `jetway image export`: a stored image as an archive that `docker load` takes.

use std::fs::{self, File};
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::error::{Exit, UserError};
use crate::image::{Sink, Watch, export, find, load};
use crate::printer::{Format, harmless};
use crate::progress::size;
use crate::session::{Session, Target};
use crate::signals::stop_on_signals;

/// Writes a stored image as an archive that `docker load` takes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The image: a release such as `v12`, a tag, or the beginning of a digest, 7 digits or more.
    #[arg(value_name = "IMAGE")]
    image: String,
    /// The file to write; `-` is standard output.
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    output: PathBuf,
}

#[derive(Serialize)]
struct Answer<'a> {
    tag: Option<&'a str>,
    manifest: &'a str,
    bytes: u64,
    file: &'a Path,
}

/// Runs the command.
pub(super) async fn run(session: &Session, target: &Target, arguments: &Arguments) -> anyhow::Result<Exit> {
    let is_stdout = arguments.output == Path::new("-");
    check_output(session, is_stdout)?;
    let found = find(session.store(), &target.images, &target.keys, &arguments.image).await?;
    let image = load(session.store(), &target.images, &found.digest).await?;
    let image = image.ok_or_else(|| {
        let message = format!("the image sha256:{} is not in the store", found.digest.short());
        let list = format!("`jetway image list --environment {}`", target.environment);
        let hint = format!("{list} shows what is; `jetway image prune` keeps the images of the newest releases alone");
        UserError::usage(message).hint(hint)
    })?;
    let progress = session.printer.step("export");
    let stop = CancellationToken::new();
    let _guard = stop_on_signals(&stop)?;
    let watch = Watch { step: &progress, stop: &stop };
    let tag = found.tag.as_deref();
    if is_stdout {
        let printer = session.printer;
        let mut sink = move |bytes: &[u8]| {
            if printer.pass_on(bytes)? {
                return Ok(());
            }
            Err(UserError::failed("whoever reads standard output has left, and has not all of the archive").into())
        };
        export(session.store(), &target.images, &image, tag, &mut sink, &watch).await?;
        return Ok(Exit::Done);
    }
    let partial = Partial::create(&arguments.output)?;
    let mut file = &partial.file;
    let mut sink = |bytes: &[u8]| Ok(file.write_all(bytes)?);
    let sink: Sink<'_> = &mut sink;
    let bytes = export(session.store(), &target.images, &image, tag, sink, &watch).await?;
    partial.keep(&arguments.output)?;
    drop(progress);
    let answer = Answer { tag, manifest: found.digest.as_str(), bytes, file: &arguments.output };
    session.printer.answer(&answer, || {
        let name = tag.map_or_else(|| format!("sha256:{}", found.digest.short()), harmless);
        format!("{name} is written to {}: {} in {} layers", arguments.output.display(), size(bytes), image.layers.len())
    })?;
    Ok(Exit::Done)
}

fn check_output(session: &Session, is_stdout: bool) -> anyhow::Result<()> {
    if is_stdout && std::io::stdout().is_terminal() {
        let error = UserError::usage("an archive is not for a terminal");
        return Err(error.hint("pipe it to `docker load`, or say `-o FILE`").into());
    }
    if is_stdout && session.printer.format == Format::Json {
        return Err(UserError::usage("--json and the archive cannot both be on stdout").hint("say `-o FILE`").into());
    }
    Ok(())
}

/// A file that gets its name only when it is whole.
struct Partial {
    path: PathBuf,
    file: File,
    is_kept: bool,
}

impl Partial {
    fn create(output: &Path) -> anyhow::Result<Self> {
        if fs::metadata(output).is_ok_and(|found| !found.is_file()) {
            let message = format!("`{}` is there and is no regular file, so it is left as it is", output.display());
            return Err(UserError::usage(message).hint("name another file, or `-` for standard output").into());
        }
        let name = output.file_name().with_context(|| format!("`{}` is no file name", output.display()))?;
        let path = output.with_file_name(format!(".{}.{}", name.to_string_lossy(), crate::nonce::nonce()));
        let created = File::options().write(true).create_new(true).open(&path);
        let file = created.with_context(|| format!("could not write `{}`", output.display()))?;
        Ok(Self { path, file, is_kept: false })
    }

    fn keep(mut self, output: &Path) -> anyhow::Result<()> {
        let kept = self.file.sync_all().and_then(|()| fs::rename(&self.path, output));
        kept.with_context(|| format!("could not write `{}`", output.display()))?;
        self.is_kept = true;
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.is_kept {
            let _ = fs::remove_file(&self.path);
        }
    }
}
