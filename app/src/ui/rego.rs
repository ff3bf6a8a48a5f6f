//! Rego's text in a few colours. Not a parser: it knows words, strings, numbers and comments, and
//! shows what it does not know as plain text.

/// What a stretch of text is, as the class that colours it (`style/component/code-block.css`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Plain,
    Keyword,
    Text,
    Number,
    Call,
    Comment,
}

impl Kind {
    pub(crate) fn class(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Keyword => Some("kw"),
            Self::Text => Some("st"),
            Self::Number => Some("nu"),
            Self::Call => Some("fn"),
            Self::Comment => Some("co"),
        }
    }
}

const KEYWORDS: [&str; 17] = [
    "as", "contains", "default", "else", "every", "false", "if", "import", "in", "not", "null", "package",
    "rego", "set", "some", "true", "with",
];

/// The lines of a module, each as stretches of one kind.
pub(crate) fn lines(source: &str) -> Vec<Vec<(Kind, &str)>> {
    let mut raw = false;
    source.lines().map(|line| stretches(line, &mut raw)).collect()
}

/// `raw` carries a raw string, which may hold line breaks, from line to line.
fn stretches<'a>(line: &'a str, raw: &mut bool) -> Vec<(Kind, &'a str)> {
    let mut found: Vec<(Kind, &str)> = vec![];
    let mut rest = line;
    while !rest.is_empty() {
        let (kind, length) = first(rest, raw);
        let (stretch, after) = rest.split_at(length);
        match found.last_mut() {
            // Neighbours of one kind are one stretch: the page has fewer parts.
            Some((last, text)) if *last == kind && kind == Kind::Plain => {
                let end = line.len() - after.len();
                *text = &line[end - length - text.len()..end];
            }
            _ => found.push((kind, stretch)),
        }
        rest = after;
    }
    found
}

/// What `rest` begins with, and how many bytes of it that is: never none.
fn first(rest: &str, raw: &mut bool) -> (Kind, usize) {
    let head = rest.chars().next().expect("only asked of what is not empty");
    if *raw || head == '`' {
        return raw_text(rest, raw);
    }
    match head {
        '#' => (Kind::Comment, rest.len()),
        '"' => (Kind::Text, quoted(rest)),
        c if c.is_ascii_digit() => (Kind::Number, reach(rest, |c| c.is_ascii_alphanumeric() || c == '.')),
        c if c.is_ascii_alphabetic() || c == '_' => word(rest),
        c => (Kind::Plain, c.len_utf8()),
    }
}

fn raw_text(rest: &str, raw: &mut bool) -> (Kind, usize) {
    let from = usize::from(!*raw);
    let end = rest[from..].find('`').map(|at| from + at + 1);
    *raw = end.is_none();
    (Kind::Text, end.unwrap_or(rest.len()))
}

/// The length of a string with its quotes, or of the whole rest where it is not closed.
fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    rest.len()
}

fn word(rest: &str) -> (Kind, usize) {
    let length = reach(rest, |c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
    let kind = match &rest[..length] {
        word if KEYWORDS.contains(&word) => Kind::Keyword,
        _ if rest[length..].starts_with('(') => Kind::Call,
        _ => Kind::Plain,
    };
    (kind, length)
}

fn reach(rest: &str, part: impl Fn(char) -> bool) -> usize {
    rest.find(|c| !part(c)).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::{Kind, lines};

    #[test]
    fn words_strings_numbers_calls_and_comments_are_told_apart() {
        let told = lines(r#"deny if count("a\"b", 1) # why"#);
        let want = [
            (Kind::Plain, "deny "),
            (Kind::Keyword, "if"),
            (Kind::Plain, " "),
            (Kind::Call, "count"),
            (Kind::Plain, "("),
            (Kind::Text, r#""a\"b""#),
            (Kind::Plain, ", "),
            (Kind::Number, "1"),
            (Kind::Plain, ") "),
            (Kind::Comment, "# why"),
        ];
        assert_eq!(told, [want]);
    }

    #[test]
    fn a_raw_string_goes_on_over_lines() {
        let told = lines("x := `one\ntwo` + y");
        assert_eq!(told[0].last(), Some(&(Kind::Text, "`one")));
        assert_eq!(told[1], [(Kind::Text, "two`"), (Kind::Plain, " + y")]);
    }

    #[test]
    fn no_byte_is_lost_whatever_the_text() {
        for text in ["\"open", "é := \"ü\" # ß", "`", "0x1f.é", "a.b.c(d)"] {
            let put_together: String = lines(text)[0].iter().map(|(_, stretch)| *stretch).collect();
            assert_eq!(put_together, text);
        }
    }
}
