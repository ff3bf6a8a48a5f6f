//! Where a page stands among the others, read from its path alone.

/// The places above a page, as title and address, and its own title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trail {
    pub(crate) above: Vec<(&'static str, String)>,
    pub(crate) here: String,
}

/// What the document is called, as in `EXC-001 · Exceptions · Aegis`.
pub(crate) fn title(path: &str) -> String {
    let Trail { above, here } = trail(path);
    let above = above.into_iter().rev().map(|(title, _)| title.to_owned());
    [here].into_iter().chain(above).chain(["Aegis".to_owned()]).collect::<Vec<_>>().join(" · ")
}

pub(crate) fn trail(path: &str) -> Trail {
    let steps: Vec<&str> = path.split('/').filter(|step| !step.is_empty()).collect();
    match steps.as_slice() {
        [] => at("Home"),
        ["sign-in"] => at("Sign in"),
        ["ui"] => at("Components"),
        ["waiting"] => at("Waits for you"),
        ["fleet", _] => below(["fleet"], "Instance"),
        ["versions"] => below(["releases"], "Versions"),
        [place] => at(place_title(place).unwrap_or("Not found")),
        ["exceptions", "new"] => below(["exceptions"], "Request"),
        ["changesets", "new"] => below(["policies", "changesets"], "Import"),
        ["releases", "history"] => below(["releases"], "History"),
        ["changesets", _] => below(["policies", "changesets"], "Changeset"),
        ["promotions", _] => below(["releases"], "Promotion"),
        ["versions", bundle, number] => below(["releases"], &format!("{bundle} {number}")),
        [place, thing] if place_title(place).is_some() => below([place], thing),
        _ => at("Not found"),
    }
}

fn place_title(place: &str) -> Option<&'static str> {
    match place {
        "exceptions" => Some("Exceptions"),
        "audit" => Some("Audit log"),
        "policies" => Some("Policies"),
        "changesets" => Some("Imports"),
        "releases" => Some("Releases"),
        "fleet" => Some("Fleet"),
        "decisions" => Some("Decisions"),
        _ => None,
    }
}

fn at(here: &str) -> Trail {
    Trail { above: vec![], here: here.to_owned() }
}

fn below<const N: usize>(above: [&str; N], here: &str) -> Trail {
    let above = above.iter().filter_map(|place| Some((place_title(place)?, format!("/{place}")))).collect();
    Trail { above, here: here.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{title, trail};

    #[test]
    fn a_page_knows_the_places_above_it() {
        let trail = trail("/exceptions/EXC-001");
        assert_eq!(trail.above, [("Exceptions", "/exceptions".to_owned())]);
        assert_eq!(trail.here, "EXC-001");
    }

    #[test]
    fn a_document_is_named_from_the_inside_out() {
        assert_eq!(title("/"), "Home · Aegis");
        assert_eq!(title("/versions/aegis-ai/v1.2.3"), "aegis-ai v1.2.3 · Releases · Aegis");
        assert_eq!(title("/changesets/0197"), "Changeset · Imports · Policies · Aegis");
        assert_eq!(title("/nothing/here/at/all"), "Not found · Aegis");
    }
}
