//! How much a YAML document says. Its length tells little: an alias takes a few bytes, and may repeat a mebibyte.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};

/// Bytes of what one document says, its aliases followed.
pub(crate) const LARGEST: usize = 16 << 20;

/// What a value takes besides its text, as in JSON: quotes, a colon, a comma.
const AROUND: usize = 4;

/// The size of what a document says, without making anything of it.
///
/// # Errors
/// Where it is no YAML, or says more than [`LARGEST`].
pub(crate) fn size(text: &str) -> Result<usize, serde_yaml_ng::Error> {
    let mut size = 0;
    Size(&mut size).deserialize(serde_yaml_ng::Deserializer::from_str(text))?;
    Ok(size)
}

struct Size<'a>(&'a mut usize);

impl Size<'_> {
    fn add<E: Error>(&mut self, text: usize) -> Result<(), E> {
        *self.0 = self.0.saturating_add(text + AROUND);
        if *self.0 <= LARGEST {
            return Ok(());
        }
        Err(E::custom(format!("it says more than {} MiB with its aliases followed", LARGEST >> 20)))
    }

    fn again(&mut self) -> Size<'_> {
        Size(self.0)
    }
}

impl<'de> DeserializeSeed<'de> for Size<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Size<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E: Error>(mut self) -> Result<(), E> {
        self.add(0)
    }

    fn visit_bool<E: Error>(mut self, _: bool) -> Result<(), E> {
        self.add(0)
    }

    fn visit_i64<E: Error>(mut self, _: i64) -> Result<(), E> {
        self.add(size_of::<i64>())
    }

    fn visit_u64<E: Error>(mut self, _: u64) -> Result<(), E> {
        self.add(size_of::<u64>())
    }

    fn visit_f64<E: Error>(mut self, _: f64) -> Result<(), E> {
        self.add(size_of::<f64>())
    }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<(), E> {
        self.add(text.len())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        self.add(0)?;
        while items.next_element_seed(self.again())?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        self.add(0)?;
        while members.next_key_seed(self.again())?.is_some() {
            members.next_value_seed(self.again())?;
        }
        Ok(())
    }

    fn visit_enum<A: EnumAccess<'de>>(mut self, tagged: A) -> Result<(), A::Error> {
        let ((), value) = tagged.variant_seed(self.again())?;
        value.newtype_variant_seed(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_as_large_as_what_it_repeats() {
        let once = size("a: &a [1, two, ~]\nb: !x true").unwrap();
        let twice = size("a: &a [1, two, ~]\nb: !x true\nc: *a").unwrap();
        assert!(twice > once + 10 && twice < 2 * once, "{once} {twice}");
    }

    #[test]
    fn what_says_too_much_is_told_with_the_line_of_what_is_repeated() {
        let large = "x".repeat(LARGEST / 4);
        let text = |times: usize| format!("\na: &a {large}\nb: [{}]", vec!["*a"; times].join(","));
        assert!(size(&text(2)).is_ok());
        let error = size(&text(4)).unwrap_err();
        assert!(error.to_string().contains("more than 16 MiB"), "{error}");
        assert_eq!(error.location().unwrap().line(), 2);
    }
}
