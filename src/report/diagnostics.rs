//! What is wrong with an input, with the line it stands on and a mark under the place.

use std::collections::BTreeMap;
use std::path::PathBuf;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::report::text::COLUMNS;
use crate::vocabulary::{Diagnostic, Place, Severity};

/// The texts of files, by the name that places use; what is not here is shown without its line.
pub type Sources = BTreeMap<PathBuf, String>;

/// All diagnostics, one after the other, styled.
pub fn diagnostics_text(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let renderer = Renderer::styled().term_width(COLUMNS);
    diagnostics.iter().map(|one| renderer.render(&groups(one, sources)) + "\n\n").collect()
}

/// The same without styles.
pub fn diagnostics_plain(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    crate::report::text::plain(&diagnostics_text(diagnostics, sources))
}

/// `2 errors, 1 warning`, or nothing.
pub fn diagnostics_count(diagnostics: &[Diagnostic]) -> String {
    let of = |severity| diagnostics.iter().filter(|one| one.severity == severity).count();
    let counts =
        [Severity::Error, Severity::Warning, Severity::Note].map(|severity| (of(severity), severity));
    let texts = counts.iter().filter(|(count, _)| *count > 0);
    let texts: Vec<String> =
        texts.map(|(count, severity)| crate::report::text::counted(*count, severity.word())).collect();
    texts.join(", ")
}

fn groups<'a>(one: &'a Diagnostic, sources: &'a Sources) -> Vec<Group<'a>> {
    let level = match one.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(one.message.as_str()).id(one.code);
    let group = match &one.place {
        Some(place) => match marked(place, sources) {
            Some(snippet) => title.element(snippet),
            None => title.element(origin(place)),
        },
        None => Group::with_title(title),
    };
    vec![match &one.help {
        Some(help) => group.element(Level::HELP.message(help.as_str())),
        None => group,
    }]
}

fn origin(place: &Place) -> Origin<'_> {
    let origin = Origin::path(place.file.to_string_lossy());
    // A place without extent stands for the file as a whole.
    let is_whole = place.end == 0 || place.file.as_os_str() == crate::template::COMMAND_LINE;
    if is_whole { origin } else { origin.line(place.line as usize).char_column(place.column as usize) }
}

/// The place in its source, where that is at hand and really holds the place.
fn marked<'a>(
    place: &'a Place,
    sources: &'a Sources,
) -> Option<Snippet<'a, annotate_snippets::Annotation<'a>>> {
    let source = sources.get(place.file.as_path())?;
    let start = place.start as usize;
    if place.end == 0 || start >= source.len() || !source.is_char_boundary(start) {
        return None;
    }
    let mut end = (place.end as usize).clamp(start, source.len());
    // One line is enough to find a place, however long what stands there is.
    if let Some(newline) = source[start..].find('\n') {
        end = end.min(start + newline);
    }
    while !source.is_char_boundary(end) {
        end -= 1;
    }
    let annotation = AnnotationKind::Primary.span(start..end.max(start));
    Some(Snippet::source(source.as_str()).path(place.file.to_string_lossy()).annotation(annotation))
}
