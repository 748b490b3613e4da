//! Who sends where: `Fulfil sends Shipping`.

use crate::scenario::Sends;
use crate::scenario::words::Unreadable;

impl Sends {
    /// Reads `Fulfil sends Shipping`.
    ///
    /// ```
    /// use redrive::scenario::Sends;
    /// let sends = Sends::parse("Fulfil sends Shipping").unwrap();
    /// assert_eq!((sends.function.as_str(), sends.to.as_str()), ("Fulfil", "Shipping"));
    /// ```
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        let parts = text.split_once(" sends ").map(|(function, to)| (function.trim(), to.trim()));
        match parts {
            Some((function, to)) if !function.is_empty() && !to.is_empty() => {
                Ok(Self { function: function.to_owned(), to: to.to_owned(), place: None })
            }
            Some(_) | None => {
                let help = "write 'FUNCTION sends RESOURCE'";
                Err(Unreadable::new(format!("`{text}` does not say who sends where"), help))
            }
        }
    }
}
