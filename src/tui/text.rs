//! Short texts: what is counted, and what is cut.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// `1 run`, `2 runs`.
pub fn plural(n: usize, thing: &str) -> String {
    format!("{n} {thing}{}", if n == 1 { "" } else { "s" })
}

/// As much of a text as there is room for.
pub fn cut(text: &str, room: usize, ellipsis: &str) -> String {
    if text.width() <= room {
        return text.into();
    }
    let room = room.saturating_sub(ellipsis.width());
    let mut used = 0;
    let start: String = text
        .chars()
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= room
        })
        .collect();
    start + ellipsis
}
