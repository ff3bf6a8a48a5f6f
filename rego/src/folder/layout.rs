//! Which file of a pushed folder is what.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::gather::Gathering;
use super::{Folder, LARGEST_MODULE, data};
use crate::bundle::json::Json;

/// Sorts files into modules, data, fixtures and the rest, noting what is wrong with each.
pub(super) fn sort(files: BTreeMap<String, Bytes>, gathering: &mut Gathering) -> Folder {
    let (base, root) = places(&files);
    let mut folder = Folder {
        modules: BTreeMap::new(),
        data: Json::empty(),
        fixtures: BTreeMap::new(),
        exceptions: BTreeMap::new(),
        left_out: Vec::new(),
    };
    for (path, bytes) in files {
        let within = path.strip_prefix(&base).unwrap_or(&path);
        if within.split('/').any(|step| step.starts_with('.')) {
            folder.left_out.push(path);
        } else if let Some(name) = within.strip_prefix("test-fixtures/") {
            folder.fixtures.insert(name.to_owned(), bytes);
        } else if let Some(name) = within.strip_prefix("exceptions/").filter(|name| !name.ends_with(".rego"))
        {
            folder.exceptions.insert(name.to_owned(), bytes);
        } else if let Some(name) = path.strip_prefix(&root) {
            place(name, bytes, &mut folder, gathering);
        } else {
            folder.left_out.push(path);
        }
    }
    folder
}

/// Where the folder begins, and where its modules do; each is empty or ends in a slash.
///
/// The modules begin below `rego/` where all of them lie in one folder of that name, as in `policies/rego/`.
fn places(files: &BTreeMap<String, Bytes>) -> (String, String) {
    let modules: Vec<_> =
        files.keys().filter(|path| path.ends_with(".rego") && !path.starts_with('.')).collect();
    let of_rego = |path: &String| {
        let at = if path.starts_with("rego/") { 0 } else { path.find("/rego/")? + 1 };
        Some((path[..at].to_owned(), path[..at + "rego/".len()].to_owned()))
    };
    if let Some(first) = modules.first().and_then(|path| of_rego(path))
        && modules.iter().all(|path| path.starts_with(&first.1))
    {
        return first;
    }
    let base = ["deploy/policies/", "policies/"]
        .into_iter()
        .find(|base| files.keys().all(|path| path.starts_with(base)));
    let base = base.unwrap_or_default().to_owned();
    (base.clone(), base)
}

fn place(name: &str, bytes: Bytes, folder: &mut Folder, gathering: &mut Gathering) {
    let base = name.rsplit('/').next().unwrap_or(name);
    if name.ends_with(".rego") {
        if bytes.len() > LARGEST_MODULE {
            return gathering.fault(
                name,
                None,
                format!("{} bytes, where a module may have 1 MiB", bytes.len()),
            );
        }
        match String::from_utf8(bytes.into()) {
            Ok(text) if text.contains('\0') => {
                let line = text.split('\0').next().unwrap_or_default().matches('\n').count();
                gathering.fault(name, u32::try_from(line + 1).ok(), "the character U+0000");
            }
            Ok(text) => _ = folder.modules.insert(name.to_owned(), text),
            Err(e) => gathering.fault(
                name,
                None,
                format!("not UTF-8 from byte {} on", e.utf8_error().valid_up_to()),
            ),
        }
        return;
    }
    match base {
        "data.json" | "data.yaml" => {
            let added = data::size(name, &bytes)
                .and_then(|size| gathering.has_room_for_data(size))
                .and_then(|()| data::add(&mut folder.data, name, &bytes));
            if let Err((line, reason)) = added {
                gathering.fault(name, line, reason);
            }
        }
        "data.yml" => {
            gathering.fault(name, None, "call it data.yaml, which every release of OPA reads alike")
        }
        _ => folder.left_out.push(name.to_owned()),
    }
}
