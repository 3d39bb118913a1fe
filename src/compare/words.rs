//! Cutting a filter into its terms.

use super::error::CompareError;

/// Words of the filter; quotation marks keep spaces together and are taken off.
pub(super) fn words(text: &str) -> Result<Vec<String>, CompareError> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    let mut begun = false;
    for c in text.chars() {
        if c == '"' {
            quoted = !quoted;
            begun = true;
        } else if c.is_whitespace() && !quoted {
            if begun {
                words.push(std::mem::take(&mut word));
            }
            begun = false;
        } else {
            word.push(c);
            begun = true;
        }
    }
    if quoted {
        return Err(CompareError::OpenQuote { text: text.into() });
    }
    if begun {
        words.push(word);
    }
    Ok(words)
}
