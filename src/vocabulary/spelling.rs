//! How far apart two words are: what "did you mean" goes by.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_single_letters() {
        assert_eq!(letters_apart("poison", "poison"), 0);
        assert_eq!(letters_apart("", "abc"), 3);
        assert_eq!(letters_apart(&"a".repeat(500), ""), LONGEST);
    }
}
