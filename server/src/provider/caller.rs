//! How the provider is called: within a time, for so many bytes, and nowhere but where it says itself.

use std::{future::Future, pin::Pin, time::Duration};

use openidconnect::{
    AsyncHttpClient, HttpRequest, HttpResponse,
    http::{self, header},
    url::Url,
};

const CONNECTS_WITHIN: Duration = Duration::from_secs(3);
const ANSWERS_WITHIN: Duration = Duration::from_secs(8);
/// Bytes of an answer. A key set with a certificate chain to each of a dozen keys has some 100 KB.
const LONGEST_ANSWER: usize = 1 << 20;

/// The one that calls.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    client: reqwest::Client,
    /// Whether the provider is on this machine, for trying out: then its addresses need not be secret.
    plain: bool,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum NotCalled {
    #[error("its address {0} is not https")]
    Plain(String),
    #[error("its answer has over {LONGEST_ANSWER} bytes")]
    TooLong,
    #[error(transparent)]
    Http(#[from] http::Error),
    #[error(transparent)]
    Failed(#[from] reqwest::Error),
}

impl Caller {
    /// Follows no redirects: an answer from elsewhere is not the provider's (RFC 9700, section 4.11).
    pub(super) fn new(issuer: &Url) -> Result<Self, reqwest::Error> {
        let plain = issuer.scheme() == "http";
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECTS_WITHIN)
            .timeout(ANSWERS_WITHIN)
            .user_agent(concat!("aegis-portal/", env!("CARGO_PKG_VERSION")));
        // What is on this machine is not behind the proxy that leads out of it.
        let client = if plain { client.no_proxy() } else { client };
        Ok(Self { client: client.build()?, plain })
    }

    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, NotCalled> {
        let request = reqwest::Request::try_from(request)?;
        if request.url().scheme() != "https" && !self.plain {
            return Err(NotCalled::Plain(request.url().to_string()));
        }
        let mut answer = self.client.execute(request).await?;
        let mut response = http::Response::builder().status(answer.status());
        if let Some(kind) = answer.headers().get(header::CONTENT_TYPE) {
            response = response.header(header::CONTENT_TYPE, kind);
        }
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await? {
            if body.len() + piece.len() > LONGEST_ANSWER {
                return Err(NotCalled::TooLong);
            }
            body.extend_from_slice(&piece);
        }
        Ok(response.body(body)?)
    }
}

impl<'c> AsyncHttpClient<'c> for Caller {
    type Error = NotCalled;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, NotCalled>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}
