//! What a handler does, in one line: `Fulfil*=partial,40ms..2s`.

use crate::scenario::words::Unreadable;
use crate::scenario::{HandlerPreset, Handling, Timing};
use crate::vocabulary::did_you_mean;

impl HandlerPreset {
    /// Reads a preset.
    ///
    /// # Errors
    /// That there is none of this name, with the nearest.
    pub fn read(word: &str) -> Result<Self, Unreadable> {
        Self::parse(word.trim()).ok_or_else(|| {
            let known = Self::ALL.map(Self::word);
            Unreadable::new(format!("there is no preset `{word}`"), did_you_mean(word, &known))
        })
    }
}

impl Handling {
    /// Reads `Fulfil*=partial`, `Fulfil=40ms..2s` and `Fulfil*=partial,40ms..2s`.
    ///
    /// ```
    /// use redrive::scenario::{HandlerPreset, Handling};
    /// let handling = Handling::parse("Fulfil*=partial,40ms..2s").unwrap();
    /// assert_eq!((handling.function.as_str(), handling.preset), ("Fulfil*", Some(HandlerPreset::Partial)));
    /// assert!(handling.duration.is_some());
    /// ```
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        let Some((function, items)) = text.rsplit_once('=').filter(|(function, _)| !function.is_empty())
        else {
            let help = "write 'Fulfil*=partial', 'Fulfil=40ms..2s' or 'Fulfil*=partial,40ms..2s'";
            return Err(Unreadable::new(format!("`{text}` has no function and behaviour"), help));
        };
        let mut handling = Self { function: function.to_owned(), ..Self::default() };
        for item in items.split(',').map(str::trim) {
            let is_word = item.starts_with(|first: char| first.is_ascii_alphabetic());
            let is_given = if is_word { handling.preset.is_some() } else { handling.duration.is_some() };
            if is_given {
                let help = "give one preset and one duration";
                return Err(Unreadable::new(format!("`{text}` says the same twice"), help));
            }
            if is_word {
                handling.preset = Some(HandlerPreset::read(item)?);
            } else {
                handling.duration = Some(Timing::parse(item)?);
            }
        }
        Ok(handling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_behaviour_says_why() {
        let said = |text: &str| Handling::parse(text).unwrap_err().message;
        assert_eq!(said("partial"), "`partial` has no function and behaviour");
        assert_eq!(said("F=parital"), "there is no preset `parital`");
        assert_eq!(said("F=partial,throws"), "`F=partial,throws` says the same twice");
        assert_eq!(said("F=partial,-1s"), "`-1s` is below zero");
        assert_eq!(said("F="), "`` is no length of time");
    }
}
