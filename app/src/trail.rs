//! Where a page stands among the others, read from its path, and from what is there where the path does not tell.

use leptos::prelude::*;

use crate::Problem;
#[cfg(feature = "ssr")]
use crate::problem::caller;

/// The places above a page, as title and address, and its own title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trail {
    pub(crate) above: Vec<(&'static str, String)>,
    pub(crate) here: String,
}

/// What the thing of a page is called, where its path has only its id; none where it may not be seen.
#[server(endpoint = "trail/name")]
pub async fn name_thing(path: String) -> Result<Option<String>, Problem> {
    let (portal, actor) = caller();
    let name = match steps(&path).as_slice() {
        ["promotions", id] => match id.parse() {
            Ok(id) => portal::release::promotion(&portal, &actor, id)
                .await
                .map(|one| format!("{} {} to {}", one.bundle, one.number, one.environment)),
            Err(_) => return Ok(None),
        },
        ["fleet", id] => match id.parse() {
            Ok(id) => portal::fleet::show(&portal, &actor, id).await.map(|one| one.title()),
            Err(_) => return Ok(None),
        },
        ["changesets", id] => match id.parse() {
            Ok(id) => portal::policy::changeset(&portal, &actor, id)
                .await
                .map(|one| format!("Changeset #{}", one.number)),
            Err(_) => return Ok(None),
        },
        _ => return Ok(None),
    };
    Ok(name.ok())
}

/// The same, asking only where the path does not tell.
pub(crate) async fn name_of(path: String) -> Option<String> {
    let asks = matches!(steps(&path).as_slice(), ["promotions" | "changesets" | "fleet", _])
        && path != "/changesets/new";
    if asks { name_thing(path).await.ok().flatten() } else { None }
}

/// What the document is called, as in `EXC-001 · Exceptions · Aegis`.
pub(crate) fn title(Trail { above, here }: &Trail) -> String {
    let above = above.iter().rev().map(|(title, _)| (*title).to_owned());
    [here.clone()].into_iter().chain(above).chain(["Aegis".to_owned()]).collect::<Vec<_>>().join(" · ")
}

pub(crate) fn trail(path: &str) -> Trail {
    match steps(path).as_slice() {
        [] => at("Home"),
        ["ui"] => at("Components"),
        ["waiting"] => at("Waits for you"),
        ["sessions"] => at("Your sessions"),
        ["access", "tokens"] => below(["access"], "Tokens"),
        ["access", "why"] => below(["access"], "Why can they?"),
        ["access", "review"] => below(["access"], "Review"),
        ["audit", "evidence"] => below(["audit"], "Evidence pack"),
        ["fleet", _] => below(["fleet"], "Instance"),
        ["versions"] => below(["releases"], "Versions"),
        [place] => at(place_title(place).unwrap_or("Not found")),
        ["exceptions", "revoke"] => below(["exceptions"], "Revoke"),
        ["exceptions", "new"] => below(["exceptions"], "Request"),
        ["changesets", "new"] => below(["policies", "changesets"], "Import"),
        ["releases", "history"] => below(["releases"], "History"),
        ["changesets", _] => below(["policies", "changesets"], "Changeset"),
        ["promotions", _] => below(["releases"], "Promotion"),
        ["decisions", id] => below(["decisions"], &id.chars().take(8).collect::<String>()),
        ["versions", bundle, number] => below(["releases"], &format!("{bundle} {number}")),
        [place, thing] if place_title(place).is_some() => below([place], thing),
        _ => at("Not found"),
    }
}

fn steps(path: &str) -> Vec<&str> {
    path.split('/').filter(|step| !step.is_empty()).collect()
}

fn place_title(place: &str) -> Option<&'static str> {
    crate::place::at(&format!("/{place}")).map(|place| place.title)
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
    use super::trail;

    fn title(path: &str) -> String {
        super::title(&trail(path))
    }

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
        assert_eq!(title("/access/tokens"), "Tokens · Access · Aegis");
        assert_eq!(title("/nothing/here/at/all"), "Not found · Aegis");
    }
}
