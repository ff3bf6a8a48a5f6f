use aws_sdk_s3::{
    Client,
    config::{Credentials, Region},
    error::{DisplayErrorContext, SdkError},
    primitives::ByteStream,
};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use bytes::Bytes;

use super::{LARGEST, ObjectError};

/// Where an object that changes keeps its release's sequence.
const SEQUENCE: &str = "sequence";

/// A bucket as an object store.
pub struct Bucket {
    client: Client,
    name: String,
}

/// What it takes to reach a bucket.
#[derive(Clone)]
pub struct S3Settings {
    /// The service's address where it is not Amazon's own.
    pub endpoint: Option<String>,
    pub region: String,
    pub bucket: String,
    pub access_key: String,
    pub secret_key: String,
}

impl Bucket {
    pub fn new(settings: S3Settings) -> Self {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let credentials = Credentials::new(settings.access_key, settings.secret_key, None, None, "settings");
        let mut config = aws_sdk_s3::Config::builder();
        config.set_endpoint_url(settings.endpoint);
        let config = config
            .behavior_version_latest()
            .region(Region::new(settings.region))
            .force_path_style(true)
            .http_client(http)
            .credentials_provider(credentials)
            .build();
        Self { client: Client::from_conf(config), name: settings.bucket }
    }

    /// Whether it was this call that created the object: `If-None-Match: *` lets one of two writers win.
    pub(super) async fn create(&self, key: &str, bytes: &Bytes) -> Result<bool, ObjectError> {
        let put = self.client.put_object().bucket(&self.name).key(key).if_none_match("*");
        match put.body(ByteStream::from(bytes.clone())).send().await {
            Ok(_) => Ok(true),
            Err(error) if status(&error) == Some(412) || status(&error) == Some(409) => Ok(false),
            Err(error) => Err(failed(key, error)),
        }
    }

    /// With the release's sequence in the object's metadata. A lower one never takes the place of a higher one:
    /// what stands there is read first, and `If-Match` refuses what others have written meanwhile.
    pub(super) async fn replace(&self, key: &str, bytes: &Bytes, sequence: i64) -> Result<(), ObjectError> {
        let stands = self.stands(key).await?;
        if stands.as_ref().is_some_and(|(there, _)| *there > sequence) {
            return Err(ObjectError::Overtaken(key.into()));
        }
        let put = self.client.put_object().bucket(&self.name).key(key);
        let put = put.metadata(SEQUENCE, sequence.to_string());
        let put = match stands {
            Some((_, etag)) => put.if_match(etag),
            None => put.if_none_match("*"),
        };
        match put.body(ByteStream::from(bytes.clone())).send().await {
            Ok(_) => Ok(()),
            // 404: what stood there is gone.
            Err(error) if matches!(status(&error), Some(404 | 409 | 412)) => {
                Err(ObjectError::Overtaken(key.into()))
            }
            Err(error) => Err(failed(key, error)),
        }
    }

    /// The sequence and the ETag of an object that changes; one without a sequence is older than all.
    async fn stands(&self, key: &str) -> Result<Option<(i64, String)>, ObjectError> {
        let found = match self.client.head_object().bucket(&self.name).key(key).send().await {
            Err(error) if status(&error) == Some(404) => return Ok(None),
            found => found.map_err(|error| failed(key, error))?,
        };
        let sequence = found.metadata().and_then(|metadata| metadata.get(SEQUENCE)?.parse().ok());
        let etag = found.e_tag().ok_or_else(|| ObjectError::Corrupt(key.into()))?;
        Ok(Some((sequence.unwrap_or(i64::MIN), etag.to_owned())))
    }

    pub(super) async fn get(&self, key: &str) -> Result<Option<Bytes>, ObjectError> {
        let found = match self.client.get_object().bucket(&self.name).key(key).send().await {
            Err(error) if status(&error) == Some(404) => return Ok(None),
            found => found.map_err(|error| failed(key, error))?,
        };
        if found.content_length().is_none_or(|length| length < 0 || length as u64 > LARGEST) {
            return Err(ObjectError::Corrupt(key.into()));
        }
        let read = found.body.collect().await;
        Ok(Some(
            read.map_err(|cause| ObjectError::Store { key: key.into(), cause: cause.to_string() })?
                .into_bytes(),
        ))
    }
}

fn status<E>(error: &SdkError<E>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

fn failed<E: std::error::Error + 'static>(key: &str, error: SdkError<E>) -> ObjectError {
    ObjectError::Store { key: key.into(), cause: DisplayErrorContext(error).to_string() }
}
