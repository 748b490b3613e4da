//! Lines of a bounded width, styles not counted.

/// How wide a report is.
pub(crate) const COLUMNS: usize = 100;

/// A text that grows line by line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    text: String,
}

impl Page {
    /// One line, as it is.
    pub(crate) fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref().trim_end());
        self.text.push('\n');
    }

    /// An empty line, unless there is one already or nothing yet.
    pub(crate) fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Running text after `lead`, broken at the page's width and hanging behind the lead.
    pub(crate) fn hang(&mut self, lead: &str, text: &str) {
        let indent = visible(lead);
        let mut lead = lead.to_owned();
        for line in wrap(text, COLUMNS.saturating_sub(indent)) {
            self.line(format!("{lead}{line}"));
            lead = " ".repeat(indent);
        }
    }

    /// Several lines that end already.
    pub(crate) fn append(&mut self, lines: &str) {
        self.text.push_str(lines);
    }

    /// The text.
    pub(crate) fn finish(self) -> String {
        self.text
    }
}

/// Breaks running text into lines of at most `columns`; a longer word stands alone.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if !line.is_empty() && visible(&line) + 1 + visible(word) > columns {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// How many columns a text takes; styles take none.
pub(crate) fn visible(text: &str) -> usize {
    let mut count = 0;
    let mut is_escape = false;
    for letter in text.chars() {
        match (is_escape, letter) {
            (false, '\u{1b}') => is_escape = true,
            (false, _) => count += 1,
            (true, 'm') => is_escape = false,
            (true, _) => {}
        }
    }
    count
}

/// The text without its styles.
pub(crate) fn plain(text: &str) -> String {
    let mut is_escape = false;
    let is_visible = |letter: &char| match (is_escape, *letter) {
        (false, '\u{1b}') => {
            is_escape = true;
            false
        }
        (false, _) => true,
        (true, letter) => {
            is_escape = letter != 'm';
            false
        }
    };
    text.chars().filter(is_visible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::text::{BAD, paint};

    #[test]
    fn styles_take_no_room() {
        assert_eq!(visible(&paint(BAD, "four")), 4);
        assert_eq!(plain(&paint(BAD, "four")), "four");
    }

    #[test]
    fn text_is_broken_between_words_only() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("unbreakable", 3), ["unbreakable"]);
        assert_eq!(wrap("", 3), [""]);
    }
}
