//! Which known name is nearest to one that nobody knows: the one rule of "did you mean"; and how a user's text is quoted.

/// Longer names are compared by their beginning, so that a hostile one costs nothing.
const LONGEST: usize = 128;

/// So many letters of a name may be wrong once for it to be near; a beginning has as many at least.
const LETTERS_PER_MISTAKE: usize = 3;

/// How many names are looked at.
const LOOKED_AT: usize = 10_000;

/// How many of them, near in length, are compared letter by letter.
const COMPARED: usize = 500;

/// A help names at most so many names.
const LISTED: usize = 24;

/// Longest text of the user's that a message repeats, in characters.
const QUOTED: usize = 200;

/// The known names that are near to one that nobody knows, nearest first, equally near ones as they were given.
///
/// A third of the letters of the longer name may be wrong: too many, missing, others, or swapped with their neighbour.
/// A name that begins with what was written is near as well. Capital letters do not count.
///
/// ```
/// use redrive::vocabulary::nearest_first;
/// assert_eq!(nearest_first("Oders", ["Bills", "Folders", "Orders"]), ["Orders", "Folders"]);
/// ```
pub fn nearest_first<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let letters = folded(word);
    let mut near: Vec<(usize, &str)> = known
        .into_iter()
        .take(LOOKED_AT)
        .map(|name| (folded(name), name))
        .filter(|(name, _)| {
            begins(name, &letters) || name.len().abs_diff(letters.len()) <= most(name, &letters)
        })
        .take(COMPARED)
        .map(|(folded, name)| (letters_apart(&letters, &folded), folded, name))
        .filter(|(apart, folded, _)| begins(folded, &letters) || *apart <= most(folded, &letters))
        .map(|(apart, _, name)| (apart, name))
        .collect();
    near.sort_by_key(|(apart, _)| *apart);
    near.dedup();
    near.into_iter().map(|(_, name)| name).collect()
}

/// The known name that is nearest to one that nobody knows, if one is near at all.
///
/// ```
/// use redrive::vocabulary::nearest;
/// assert_eq!(nearest("poisn", ["poison", "outage"]), Some("poison"));
/// assert_eq!(nearest("flood", ["poison", "outage"]), None);
/// ```
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest_first(word, known).into_iter().next()
}

/// The known name that is nearest, if at most so many letters of it are wrong: for names that are alike anyway.
///
/// ```
/// use redrive::vocabulary::nearest_within;
/// assert_eq!(nearest_within("AWS::SQS::Queu", ["AWS::SQS::Queue"], 2), Some("AWS::SQS::Queue"));
/// assert_eq!(nearest_within("AWS::SQS::QueuePolicy", ["AWS::SQS::Queue"], 2), None);
/// ```
pub fn nearest_within<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
    mistakes: usize,
) -> Option<&'a str> {
    let letters = folded(word);
    nearest(word, known).filter(|near| letters_apart(&letters, &folded(near)) <= mistakes)
}

/// The question after the nearest known name, if one is near at all.
///
/// ```
/// use redrive::vocabulary::suggestion;
/// assert_eq!(suggestion("poisn", ["poison", "outage"]).as_deref(), Some("did you mean `poison`?"));
/// assert_eq!(suggestion("flood", ["poison", "outage"]), None);
/// ```
pub fn suggestion<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, known).map(|near| format!("did you mean {}?", quote(near)))
}

/// What to say where a name is unknown: the nearest known one, or else those that there are.
///
/// ```
/// use redrive::vocabulary::did_you_mean;
/// assert_eq!(did_you_mean("poisn", &["poison", "outage"]), "did you mean `poison`?");
/// assert_eq!(did_you_mean("flood", &["poison", "outage"]), "there are poison, outage");
/// ```
pub fn did_you_mean(word: &str, known: &[&str]) -> String {
    suggestion(word, known.iter().copied()).unwrap_or_else(|| match known {
        [] => "there is none".to_owned(),
        [only] => format!("there is only {only}"),
        _ if known.len() > LISTED => format!("there are {} and others", known[..LISTED].join(", ")),
        _ => format!("there are {}", known.join(", ")),
    })
}

/// The text between backticks on one line, cut where it is long.
///
/// ```
/// assert_eq!(redrive::vocabulary::quote("two\nlines"), "`two\\nlines`");
/// ```
pub fn quote(text: &str) -> String {
    let mut quoted: String = text.chars().take(QUOTED).flat_map(char::escape_debug).collect();
    quoted = quoted.replace("\\\"", "\"").replace("\\'", "'");
    if text.chars().nth(QUOTED).is_some() {
        quoted.push('…');
    }
    format!("`{quoted}`")
}

fn folded(name: &str) -> Vec<char> {
    name.chars().take(LONGEST).flat_map(char::to_lowercase).collect()
}

/// Whether what was written is the beginning of a name, and enough of one to mean it.
fn begins(name: &[char], written: &[char]) -> bool {
    written.len() >= LETTERS_PER_MISTAKE && name.starts_with(written)
}

/// How many mistakes two names that are near may have between them.
fn most(left: &[char], right: &[char]) -> usize {
    left.len().max(right.len()) / LETTERS_PER_MISTAKE
}

/// How many letters have to be put in, taken out, replaced or swapped with their neighbour to turn one into the other.
fn letters_apart(left: &[char], right: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=right.len()).collect();
    for (row, letter) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, other) in right.iter().enumerate() {
            let replaced = previous[column] + usize::from(letter != other);
            let mut best = replaced.min(previous[column + 1] + 1).min(current[column] + 1);
            if row > 0 && column > 0 && *letter == right[column - 1] && left[row - 1] == *other {
                best = best.min(before[column - 1] + 1);
            }
            current.push(best);
        }
        before = previous;
        previous = current;
    }
    previous[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_single_letters_and_swaps() {
        let apart = |left: &str, right: &str| letters_apart(&folded(left), &folded(right));
        assert_eq!(apart("poison", "poison"), 0);
        assert_eq!(apart("poison", "poisn"), 1);
        assert_eq!(apart("kitten", "sitting"), 3);
        assert_eq!(apart("Fuflil", "Fulfil"), 1);
        assert_eq!(apart("", "abc"), 3);
        assert_eq!(apart(&"a".repeat(500), ""), LONGEST);
    }

    #[test]
    fn the_nearest_name_is_one_that_is_near() {
        for (written, known, expected) in [
            ("ORDES", &["Orders", "OrdersDlq"][..], Some("Orders")),
            ("ord", &["Invoices", "OrdersDlq"], Some("OrdersDlq")),
            ("OrderQueue", &["OrdersQueue", "Fulfil", "Table"], Some("OrdersQueue")),
            ("ordersqueue", &["OrdersQueue", "Fulfil", "Table"], Some("OrdersQueue")),
            ("Fuflil", &["OrdersQueue", "Fulfil", "Table"], Some("Fulfil")),
            ("DQ", &["DLQ"], Some("DLQ")),
            ("x", &["Orders", "y"], None),
            ("Bucket", &["OrdersQueue", "Fulfil", "Table"], None),
            ("", &["a", "Orders"], None),
            ("a", &[], None),
        ] {
            assert_eq!(nearest(written, known.iter().copied()), expected, "{written}");
        }
    }

    #[test]
    fn without_a_near_name_the_known_ones_are_listed() {
        assert_eq!(did_you_mean("x", &[]), "there is none");
        assert_eq!(did_you_mean("x", &["Orders"]), "there is only Orders");
        let many: Vec<String> = (0..100).map(|number| format!("Queue{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(did_you_mean("x", &many).ends_with("Queue23 and others"));
    }

    #[test]
    fn a_long_text_is_cut_and_line_breaks_are_shown() {
        assert_eq!(quote("a\nb"), "`a\\nb`");
        assert_eq!(quote("it's \"é\""), "`it's \"é\"`");
        assert_eq!(quote(&"x".repeat(300)).chars().count(), 203);
    }
}
