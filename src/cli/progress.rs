//! The progress bar: on standard error, and only where somebody watches.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::start::Loudness;
use crate::explore::Progress;

/// A bar, or nothing.
#[derive(Debug)]
pub(super) struct Bar {
    bar: ProgressBar,
}

const TEMPLATE: &str = "{prefix} [{bar:30}] {pos}/{len} seeds, {msg}";

impl Bar {
    /// A bar for one input.
    pub(super) fn new(loudness: Loudness) -> Self {
        let is_watched = loudness == Loudness::Usual && std::io::stderr().is_terminal();
        let bar = ProgressBar::new(0);
        bar.set_draw_target(if is_watched {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        });
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style.progress_chars("=> "));
        }
        Self { bar }
    }

    /// Shows how far the search is.
    pub(super) fn show(&self, progress: &Progress) {
        self.bar.set_prefix(format!("part {} of {}", progress.part + 1, progress.parts));
        self.bar.set_length(progress.expected);
        self.bar.set_position(progress.seeds);
        self.bar.set_message(format!("{} found", progress.found));
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
