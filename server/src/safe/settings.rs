//! What the operator says of how often one may ask.

use axum::http::HeaderName;
use clap::Args;

/// Settings of the limits; 0 is no limit. Whoever is beyond one is told by 429 when to come again.
#[derive(Debug, Clone, Args)]
pub struct LimitSettings {
    /// Requests from one address in a minute by whoever is not signed in and bears no token that counts.
    #[arg(long, env = "STRANGERS_PER_MINUTE", default_value_t = Self::default().strangers_per_minute)]
    pub strangers_per_minute: u32,
    /// Sign-ins that may be begun from one address in a minute.
    #[arg(long, env = "SIGN_INS_PER_MINUTE", default_value_t = Self::default().sign_ins_per_minute)]
    pub sign_ins_per_minute: u32,
    /// Tokens that nobody has, from one address in a minute.
    #[arg(long, env = "UNKNOWN_TOKENS_PER_MINUTE", default_value_t = Self::default().unknown_tokens_per_minute)]
    pub unknown_tokens_per_minute: u32,
    /// Pages, with all that they ask for, by one person or token in a minute.
    #[arg(long, env = "PAGES_PER_MINUTE", default_value_t = Self::default().pages_per_minute)]
    pub pages_per_minute: u32,
    /// Requests to the API by one person or token in a minute, less evaluations.
    #[arg(long, env = "API_PER_MINUTE", default_value_t = Self::default().api_per_minute)]
    pub api_per_minute: u32,
    /// Evaluations by one person in a minute.
    #[arg(long, env = "PERSON_EVALUATIONS_PER_MINUTE", default_value_t = Self::default().person_evaluations_per_minute)]
    pub person_evaluations_per_minute: u32,
    /// Evaluations by one token in a minute: a program that decides by them needs as many as it has to decide.
    #[arg(long, env = "TOKEN_EVALUATIONS_PER_MINUTE", default_value_t = Self::default().token_evaluations_per_minute)]
    pub token_evaluations_per_minute: u32,
    /// Lists that one person exports in an hour.
    #[arg(long, env = "EXPORTS_PER_HOUR", default_value_t = Self::default().exports_per_hour)]
    pub exports_per_hour: u32,
    /// Requests of all OPAs of one token in a minute: some two for each poll, status and log of each OPA.
    #[arg(long, env = "OPA_PER_MINUTE", default_value_t = Self::default().opa_per_minute)]
    pub opa_per_minute: u32,
    /// The header in which a proxy tells from where a request comes, such as `x-forwarded-for`; the last address in it
    /// counts. Without it what a proxy passes on is not limited by address.
    #[arg(long, env = "ADDRESS_HEADER")]
    pub address_header: Option<HeaderName>,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            strangers_per_minute: 600,
            sign_ins_per_minute: 10,
            unknown_tokens_per_minute: 20,
            pages_per_minute: 3_000,
            api_per_minute: 600,
            person_evaluations_per_minute: 60,
            token_evaluations_per_minute: 0,
            exports_per_hour: 60,
            opa_per_minute: 60_000,
            address_header: None,
        }
    }
}
