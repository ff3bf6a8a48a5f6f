use leptos::prelude::*;

/// Somebody's initials and name.
#[component]
pub fn Person(#[prop(into)] name: String) -> impl IntoView {
    view! {
        <span class="person">
            <Avatar name=name.clone()/>
            <bdi>{name}</bdi>
        </span>
    }
}

/// Two letters in a circle; the name itself always stands nearby. They are drawn by the style: as text they would
/// belong to the label of a button that shows them, and differ from its name.
#[component]
pub fn Avatar(#[prop(into)] name: String, #[prop(optional)] large: bool) -> impl IntoView {
    view! { <span class="avatar" class:large=large aria-hidden="true" data-initials=initials(&name)></span> }
}

fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let (first, last) = (words.next(), words.next_back());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_are_those_of_the_first_and_the_last_name() {
        assert_eq!(initials("Ann Marie Smith"), "AS");
        assert_eq!(initials("ann"), "A");
        assert_eq!(initials(""), "");
    }
}
