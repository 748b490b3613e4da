//! How far apart two words are, and which known one is nearest: what "did you mean" goes by.

/// Longer words are compared by their beginning, so that a hostile one costs nothing.
const LONGEST: usize = 128;

/// How many letters have to be put in, taken out or replaced to turn one word into the other; of words of more than
/// 128 letters only those are compared.
///
/// ```
/// use redrive::vocabulary::letters_apart;
/// assert_eq!(letters_apart("poison", "poisn"), 1);
/// assert_eq!(letters_apart("kitten", "sitting"), 3);
/// ```
pub fn letters_apart(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().take(LONGEST).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, letter) in left.chars().take(LONGEST).enumerate() {
        let mut diagonal = line;
        row[0] = line + 1;
        for (column, other) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

/// So many letters of a word may be wrong once for it to be near.
const LETTERS_PER_MISTAKE: usize = 3;

/// The known word that is nearest to one that nobody knows, if it is near at all; capital letters do not count.
///
/// ```
/// use redrive::vocabulary::nearest;
/// assert_eq!(nearest("poisn", &["poison", "outage"]), Some("poison"));
/// assert_eq!(nearest("flood", &["poison", "outage"]), None);
/// ```
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase();
    let distance = |candidate: &str| letters_apart(&word, &candidate.to_lowercase());
    let is_close = |candidate: &&str| {
        distance(candidate) * LETTERS_PER_MISTAKE <= candidate.chars().count()
            || (word.len() >= LETTERS_PER_MISTAKE && candidate.to_lowercase().starts_with(&word))
    };
    known.iter().copied().filter(is_close).min_by_key(|candidate| distance(candidate))
}

/// What to say where a name is unknown: the nearest known one, or else those that there are.
///
/// ```
/// use redrive::vocabulary::did_you_mean;
/// assert_eq!(did_you_mean("poisn", &["poison", "outage"]), "did you mean `poison`?");
/// assert_eq!(did_you_mean("flood", &["poison", "outage"]), "there are poison, outage");
/// ```
pub fn did_you_mean(word: &str, known: &[&str]) -> String {
    match (nearest(word, known), known) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, []) => "there is none".to_owned(),
        (None, [only]) => format!("there is only {only}"),
        (None, _) if known.len() > LISTED => format!("there are {} and others", known[..LISTED].join(", ")),
        (None, _) => format!("there are {}", known.join(", ")),
    }
}

/// A help names at most so many words.
const LISTED: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_single_letters() {
        assert_eq!(letters_apart("poison", "poison"), 0);
        assert_eq!(letters_apart("", "abc"), 3);
        assert_eq!(letters_apart(&"a".repeat(500), ""), LONGEST);
    }

    #[test]
    fn the_nearest_word_is_one_that_is_near() {
        assert_eq!(nearest("ORDES", &["Orders", "OrdersDlq"]), Some("Orders"));
        assert_eq!(nearest("ord", &["Invoices", "OrdersDlq"]), Some("OrdersDlq"));
        assert_eq!(nearest("x", &["Orders"]), None);
        assert_eq!(did_you_mean("x", &[]), "there is none");
    }
}
