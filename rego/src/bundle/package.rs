//! The package that a module declares, read without an engine: a bundle's builder needs no more of a module, and
//! running a parser on people's text is a worker's business.

/// The names of the package path, `aegis`, `provisioning`, `s3`; `None` where the text does not begin with a package.
pub(crate) fn package(text: &str) -> Option<Vec<String>> {
    let rest = blank(text).strip_prefix("package")?;
    let mut rest = Some(blank(rest)).filter(|after| after.len() < rest.len())?;
    let mut path = vec![name(&mut rest)?];
    loop {
        if let Some(after) = rest.strip_prefix('.') {
            rest = after;
            path.push(name(&mut rest)?);
        } else if let Some(after) = rest.strip_prefix('[') {
            rest = after;
            path.push(quoted(&mut rest)?);
        } else {
            break;
        }
    }
    let ends = rest.chars().next().is_none_or(|c| c.is_ascii_whitespace() || matches!(c, ';' | '#'));
    ends.then_some(path)
}

/// What is left after white space and comments.
fn blank(mut text: &str) -> &str {
    loop {
        text = text.trim_start_matches([' ', '\t', '\r', '\n']);
        let Some(comment) = text.strip_prefix('#') else { return text };
        text = comment.split_once('\n').map_or("", |(_, after)| after);
    }
}

fn name(rest: &mut &str) -> Option<String> {
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    *rest = after;
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_').then(|| name.to_owned())
}

fn quoted(rest: &mut &str) -> Option<String> {
    let (token, after) = rest.split_once(']')?;
    *rest = after;
    serde_json::from_str(token).ok()
}

#[cfg(test)]
mod tests {
    use super::package;

    fn dotted(text: &str) -> Option<String> {
        package(text).map(|path| path.join("."))
    }

    #[test]
    fn the_package_is_read_past_comments_and_brackets() {
        for text in [
            "package aegis.ai.pii",
            "# METADATA\n# title: x\n\npackage aegis.ai.pii\nimport rego.v1",
            "\r\n\tpackage   aegis.ai.pii # here",
            "package aegis[\"ai\"].pii;allow := true",
        ] {
            assert_eq!(dotted(text).as_deref(), Some("aegis.ai.pii"), "{text}");
        }
    }

    #[test]
    fn what_is_no_package_is_none() {
        let many = "#\n".repeat(100_000);
        for text in [
            "",
            "# package a",
            "packages.a",
            "package",
            "package .a",
            "package a.",
            "package a[b]",
            "package a-b",
            "import a",
            &many,
        ] {
            assert_eq!(dotted(text), None, "{text:.40}");
        }
    }
}
