//! Text that comes from files is not trusted on a screen.

/// The text without control characters, tabs as one space.
pub fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c == '\t' { ' ' } else { c })
        .filter(|c| !c.is_control())
        .collect()
}
