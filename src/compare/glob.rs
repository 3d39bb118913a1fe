//! Shell-like patterns: `*` is any text, `?` any character. Case does not matter.

/// Whether `text` as a whole fits `pattern`.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let (mut p, mut t) = (0, 0);
    // Where the newest `*` stands, and how much of the text it takes so far.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == '*' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == '?' || pattern[p] == text[t]) {
            p += 1;
            t += 1;
        } else if let Some((at, taken)) = star {
            star = Some((at, taken + 1));
            p = at + 1;
            t = taken + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn patterns() {
        assert!(matches("fashion-*", "Fashion-MNIST"));
        assert!(matches("*mnist", "fashion-mnist"));
        assert!(matches("w?a?", "w4a4"));
        assert!(matches("*a*b*", "xxaybz"));
        assert!(!matches("w?a?", "fp32"));
        assert!(!matches("mnist", "fashion-mnist"));
    }

    proptest! {
        #[test]
        fn text_fits_itself_and_any_cut_of_it(text in "[a-z0-9-]{1,20}", cut in 0usize..20) {
            let cut = cut.min(text.len());
            prop_assert!(matches(&text, &text));
            let pattern = format!("{}*", &text[..cut]);
            prop_assert!(matches(&pattern, &text));
            let pattern = format!("*{}", &text[cut..]);
            prop_assert!(matches(&pattern, &text));
        }
    }
}
