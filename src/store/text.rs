//! Text that comes from files is not trusted on a screen.

/// The text without escape sequences, other control characters and marks that turn the direction
/// of writing; tabs and line ends become one space.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\t' | '\n' => out.push(' '),
            '\u{1b}' => match chars.peek() {
                Some('[') => {
                    chars.next();
                    skip_csi(&mut chars);
                }
                // Strings for the terminal: titles, clipboard, device control.
                Some(']' | 'P' | 'X' | '^' | '_') => skip_string(&mut chars),
                _ => {}
            },
            '\u{9b}' => skip_csi(&mut chars),
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => skip_string(&mut chars),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Parameters and intermediates, then one final byte. What cannot belong to it ends it.
fn skip_csi(chars: &mut Chars<'_>) {
    while chars.next_if(|c| (' '..='?').contains(c)).is_some() {}
    chars.next_if(|c| ('@'..='~').contains(c));
}

/// Up to the bell or the string terminator; without either nothing is left to show.
fn skip_string(chars: &mut Chars<'_>) {
    while let Some(c) = chars.next() {
        if c == '\u{7}' || c == '\u{9c}' || (c == '\u{1b}' && chars.next_if_eq(&'\\').is_some()) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn sequences_go_whole_and_text_stays() {
        for (dirty, expected) in [
            ("plain ü – 40 %", "plain ü – 40 %"),
            ("a\u{1b}[2Jb\u{1b}[1;31mc", "abc"),
            ("\u{1b}]0;title\u{7}x\u{1b}]52;c;eA==\u{1b}\\y", "xy"),
            ("\u{9b}31mred", "red"),
            ("\u{1b}Pq#0\u{1b}\\z", "z"),
            ("\u{1b}]never ended", ""),
            ("one\ttwo\nthree\r\u{8}", "one two three"),
            ("abc\u{202e}fed", "abcfed"),
            ("\u{1b}", ""),
            ("\u{1b}[", ""),
        ] {
            assert_eq!(clean(dirty), expected, "{dirty:?}");
        }
    }
}
