//! The progress bar: on standard error, and only where somebody watches.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::start::Loudness;
use crate::explore::Progress;

/// A bar over all parts, or nothing.
#[derive(Debug)]
pub(super) struct Bar {
    bar: ProgressBar,
    /// The newest of every part that was begun, by its number.
    told: BTreeMap<usize, Progress>,
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
        Self { bar, told: BTreeMap::new() }
    }

    /// Shows how far the search is. Of parts that were not begun as many seeds are expected as of the present one.
    pub(super) fn show(&mut self, progress: &Progress) {
        self.told.insert(progress.part, *progress);
        let told = self.told.values();
        let waiting = (progress.parts - self.told.len()) as u64;
        let expected: u64 = told.clone().map(|one| one.expected).sum();
        self.bar.set_prefix(format!("part {} of {}", self.told.len(), progress.parts));
        self.bar.set_length(expected + waiting * progress.expected);
        self.bar.set_position(told.clone().map(|one| one.seeds).sum());
        self.bar.set_message(format!("{} found", told.map(|one| one.found).sum::<usize>()));
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
