//! Names of files from outside, made plain or refused.

/// What a plain tar header can hold, with the slash that a bundle puts before it.
const LONGEST: usize = 240;
/// What the usual file systems allow.
const LONGEST_STEP: usize = 255;

/// The name without `.` and empty steps; empty for the folder itself.
///
/// # Errors
/// Why it is refused.
pub(super) fn clean(raw: &[u8]) -> Result<String, &'static str> {
    let text = std::str::from_utf8(raw).map_err(|_| "the name is not UTF-8")?;
    if text.starts_with('/') {
        return Err("the path is absolute");
    }
    if text.contains(|c: char| c.is_control() || c == '\\') {
        return Err("the name has a backslash or a control character in it");
    }
    let steps: Vec<_> = text.split('/').filter(|step| !matches!(*step, "" | ".")).collect();
    if steps.contains(&"..") {
        return Err("the path leaves the folder");
    }
    if steps.iter().any(|step| step.len() > LONGEST_STEP) {
        return Err("a name is longer than 255 bytes");
    }
    let clean = steps.join("/");
    if clean.len() > LONGEST { Err("the path is longer than 240 bytes") } else { Ok(clean) }
}

/// A name as it can be shown, whatever is in it.
pub(super) fn shown(raw: &[u8]) -> String {
    let plain = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    String::from_utf8_lossy(raw).chars().take(300).map(plain).collect()
}
