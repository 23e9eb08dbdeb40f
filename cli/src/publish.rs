//! Publishes an image while people watch: progress, warnings, and an early end on Ctrl-C that leaves nothing behind.

use jetway_common::layout::ImageKeys;
use jetway_common::manifest::ContainerEntry;
use jetway_common::release::ImagePin;
use tokio_util::sync::CancellationToken;

use crate::error::UserError;
use crate::image::{Published, Source, Wanted, Watch, Way, publish};
use crate::progress::size;
use crate::session::Session;
use crate::signals::stop_on_signals;

/// The image that a container of the manifest runs, for `platform` or else for this machine's, published as far as the
/// store lacks it.
pub async fn image(
    session: &Session,
    images: &ImageKeys,
    source: &str,
    entry: &ContainerEntry,
    platform: Option<&str>,
) -> anyhow::Result<ImagePin> {
    let wanted = Wanted { platform: platform.map(str::to_owned) };
    let published = watched(session, images, &Source::parse(source), &wanted).await?;
    let says_what_to_run = entry.settings.command.is_some() || entry.settings.entrypoint.is_some();
    if !published.has_command && !says_what_to_run {
        let message = format!("the image `{source}` has neither a command nor an entry point, so nothing would run");
        return Err(UserError::usage(message).hint("set `command` for the container in the manifest").into());
    }
    Ok(published.pin)
}

/// Publishes an image and tells people how far it is.
pub async fn watched(
    session: &Session,
    images: &ImageKeys,
    source: &Source,
    wanted: &Wanted,
) -> anyhow::Result<Published> {
    let step = session.printer.step("publish");
    let cancelled = CancellationToken::new();
    let _guard = stop_on_signals(&cancelled)?;
    let published = publish(session.store(), images, source, wanted, &Watch { step: &step, stop: &cancelled }).await?;
    step.done(&summary(&published));
    for warning in &published.warnings {
        session.printer.warn(warning);
    }
    Ok(published)
}

fn summary(published: &Published) -> String {
    let Published { pin, layers, layers_stored, bytes_stored, bytes_in_store, .. } = published;
    let new = match layers_stored {
        0 => "all of it is stored already".to_owned(),
        count => format!("{count} of {layers} layers new, {} sent of {}", size(*bytes_stored), size(*bytes_in_store)),
    };
    let way = match published.way {
        Way::Push if *layers_stored > 0 => "; Docker pushed only what is new",
        Way::Stored | Way::Archive | Way::Push => "",
        Way::Save => "; Docker saved the whole image",
    };
    format!("{} ({}): {new}{way}", crate::printer::harmless(&pin.reference), pin.manifest.short())
}
