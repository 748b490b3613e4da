//! Rows in aligned columns, one of which may take the room that the others leave and is broken into lines.

use crate::report::text::{COLUMNS, visible, wrap};

/// On which side a column's texts meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    /// Left.
    Left,
    /// Right, as numbers are.
    Right,
    /// Left, and broken into lines where the page ends.
    Flow,
}

/// A table without lines.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    indent: usize,
    columns: Vec<Align>,
    rows: Vec<Vec<String>>,
}

const GAP: usize = 2;
/// A column that is broken keeps at least so much room, even beyond the page.
const NARROWEST: usize = 24;

impl Table {
    /// An empty table of these columns.
    pub(crate) fn new(indent: usize, columns: &[Align]) -> Self {
        Self { indent, columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row; missing cells are empty.
    pub(crate) fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// The lines.
    pub(crate) fn render(&self) -> String {
        let widths = self.widths();
        let mut text = String::new();
        for row in &self.rows {
            for line in self.lines(row, &widths) {
                text.push_str(line.trim_end());
                text.push('\n');
            }
        }
        text
    }

    fn widths(&self) -> Vec<usize> {
        let natural = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| visible(cell)).max().unwrap_or(0)
        };
        let mut widths: Vec<usize> = (0..self.columns.len()).map(natural).collect();
        let Some(flow) = self.columns.iter().position(|align| *align == Align::Flow) else { return widths };
        let gaps = GAP * (self.columns.len() - 1);
        let others: usize = widths.iter().sum::<usize>() - widths[flow];
        let room = COLUMNS.saturating_sub(self.indent + gaps + others).max(NARROWEST);
        widths[flow] = widths[flow].min(room);
        widths
    }

    fn lines(&self, row: &[String], widths: &[usize]) -> Vec<String> {
        let cells: Vec<Vec<String>> = self
            .columns
            .iter()
            .enumerate()
            .map(|(column, align)| {
                let cell = row.get(column).cloned().unwrap_or_default();
                match align {
                    Align::Left | Align::Right => vec![cell],
                    Align::Flow => wrap(&cell, widths[column]),
                }
            })
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        (0..height).map(|line| self.line(&cells, line, widths)).collect()
    }

    fn line(&self, cells: &[Vec<String>], line: usize, widths: &[usize]) -> String {
        let mut text = " ".repeat(self.indent);
        for (column, align) in self.columns.iter().enumerate() {
            let cell = cells[column].get(line).map_or("", String::as_str);
            let room = " ".repeat(widths[column].saturating_sub(visible(cell)));
            if column > 0 {
                text.push_str(&" ".repeat(GAP));
            }
            match align {
                Align::Left | Align::Flow => text.extend([cell, &room]),
                Align::Right => text.extend([room.as_str(), cell]),
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(1, &[Align::Left, Align::Right]);
        table.row(["a", "10"]);
        table.row(["bcd", "9"]);
        assert_eq!(table.render(), " a    10\n bcd   9\n");
    }

    #[test]
    fn the_flowing_column_hangs() {
        let mut table = Table::new(0, &[Align::Left, Align::Flow, Align::Left]);
        table.row(["x".repeat(70).as_str(), "several words that do not fit", "end"]);
        let text = table.render();
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.lines().next().unwrap().ends_with("end"), "{text}");
    }
}
