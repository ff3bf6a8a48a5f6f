//! Texts that people look for.

/// A text as `ilike` finds it anywhere, its own signs taken as they are.
pub(crate) fn anywhere(text: &str) -> String {
    format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

#[cfg(test)]
mod tests {
    use super::anywhere;

    #[test]
    fn signs_of_a_pattern_are_sought_as_they_are() {
        assert_eq!(anywhere(r"50%_\"), r"%50\%\_\\%");
    }
}
