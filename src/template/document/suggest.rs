//! "Did you mean …": the nearest of the known names; and how a user's text is quoted in messages.

/// Longest text of the user's that a message repeats, in characters.
const QUOTED: usize = 200;

/// Longest name that is compared, so that a hostile one costs nothing.
const COMPARED: usize = 128;

/// How many names are looked at.
const LOOKED_AT: usize = 10_000;

/// How many of them, near in length, are compared letter by letter.
const NEAR: usize = 500;

/// `` did you mean `X`? ``, if a known name is near enough.
pub(in crate::template) fn did_you_mean<'a>(
    given: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let letters = folded(given);
    let allowed = (letters.len() / 3).max(1);
    let nearest = known
        .into_iter()
        .take(LOOKED_AT)
        .filter(|name| name.len().abs_diff(given.len()) <= 4 * allowed)
        .take(NEAR)
        .map(|name| (distance(&letters, &folded(name)), name))
        .min_by_key(|(distance, _)| *distance)?;
    (nearest.0 <= allowed).then(|| format!("did you mean {}?", quote(nearest.1)))
}

/// The text between backticks on one line, cut where it is long.
pub(in crate::template) fn quote(text: &str) -> String {
    let mut quoted: String = text.chars().take(QUOTED).flat_map(char::escape_debug).collect();
    quoted = quoted.replace("\\\"", "\"").replace("\\'", "'");
    if text.chars().nth(QUOTED).is_some() {
        quoted.push('…');
    }
    format!("`{quoted}`")
}

fn folded(name: &str) -> Vec<char> {
    name.chars().take(COMPARED).flat_map(char::to_lowercase).collect()
}

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for (row, left) in a.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, right) in b.iter().enumerate() {
            let replaced = previous[column] + usize::from(left != right);
            let mut best = replaced.min(previous[column + 1] + 1).min(current[column] + 1);
            if row > 0 && column > 0 && *left == b[column - 1] && a[row - 1] == *right {
                best = best.min(before[column - 1] + 1);
            }
            current.push(best);
        }
        before = previous;
        previous = current;
    }
    previous[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, quote};

    #[test]
    fn a_near_name_is_suggested_and_a_far_one_is_not() {
        let known = ["OrdersQueue", "Fulfil", "Table"];
        for (given, expected) in [
            ("OrderQueue", Some("did you mean `OrdersQueue`?")),
            ("ordersqueue", Some("did you mean `OrdersQueue`?")),
            ("Fuflil", Some("did you mean `Fulfil`?")),
            ("Bucket", None),
            ("", None),
        ] {
            assert_eq!(did_you_mean(given, known).as_deref(), expected, "{given}");
        }
        assert_eq!(did_you_mean("a", []), None);
    }

    #[test]
    fn a_long_text_is_cut_and_line_breaks_are_shown() {
        assert_eq!(quote("a\nb"), "`a\\nb`");
        assert_eq!(quote("it's \"é\""), "`it's \"é\"`");
        assert_eq!(quote(&"x".repeat(300)).chars().count(), 203);
    }
}
