//! Comma-separated values (RFC 4180) that no spreadsheet takes for formulas.

/// One line of a file.
pub(super) fn line<const N: usize>(cells: [String; N]) -> String {
    let mut line = cells.iter().map(|text| cell(text)).collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}

/// A text as a cell. Spreadsheets run what begins with one of these signs, and strip spaces before them; the quote
/// in front makes it a text for them (OWASP, "CSV Injection").
fn cell(text: &str) -> String {
    let begins = text.trim_start_matches([' ', '\u{a0}', '\u{feff}']).chars().next();
    let runs = begins.is_some_and(|sign| "=+-@\t\r\n＝＋－＠".contains(sign));
    let quote = if runs { "'" } else { "" };
    if text.contains([',', '"', '\r', '\n', ';', '\t']) || text.trim() != text {
        return format!("\"{quote}{}\"", text.replace('"', "\"\""));
    }
    format!("{quote}{text}")
}

#[cfg(test)]
mod tests {
    use super::{cell, line};

    #[test]
    fn a_cell_holds_any_text() {
        assert_eq!(cell("plain"), "plain");
        assert_eq!(cell("a, \"b\"\nc"), "\"a, \"\"b\"\"\nc\"");
        assert_eq!(cell(""), "");
        assert_eq!(line(["a".into(), "b;c".into()]), "a,\"b;c\"\r\n");
    }

    #[test]
    fn no_cell_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "  =1", "\u{a0}=1"] {
            let told = cell(text);
            let held = told.strip_prefix('"').unwrap_or(&told);
            assert!(held.starts_with('\''), "{told:?}");
        }
        assert_eq!(cell("a=1"), "a=1");
        assert_eq!(cell("=HYPERLINK(\"x\",\"y\")"), "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"");
    }
}
