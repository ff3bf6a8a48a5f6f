//! Addresses of pages, as people pass them on.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

/// Leads to the address without its empty parts. A form that filters a list sends its empty fields too, with scripts
/// and without; they ask nothing, and would stand in every address that is copied.
pub(crate) async fn tidy(request: Request, next: Next) -> Response {
    match request.uri().query().and_then(without_empty_parts) {
        None => next.run(request).await,
        Some(query) if query.is_empty() => Redirect::to(request.uri().path()).into_response(),
        Some(query) => Redirect::to(&format!("{}?{query}", request.uri().path())).into_response(),
    }
}

/// What is left of a query where some of it is empty.
fn without_empty_parts(query: &str) -> Option<String> {
    let asks = |part: &&str| part.split_once('=').map_or(!part.is_empty(), |(_, value)| !value.is_empty());
    let left: Vec<&str> = query.split('&').filter(asks).collect();
    let left = left.join("&");
    (left.len() < query.len()).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::without_empty_parts;

    #[test]
    fn an_address_says_only_what_it_asks() {
        let left = |query| without_empty_parts(query);
        assert_eq!(left("text=&standing=requested&severity="), Some("standing=requested".into()));
        assert_eq!(left("q="), Some(String::new()));
        assert_eq!(left(""), None);
        for whole in ["text=a", "text=a%3D&mine=yes", "x", "path=a="] {
            assert_eq!(left(whole), None, "{whole}");
        }
    }
}
