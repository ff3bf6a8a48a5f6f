use std::{
    io::{self, Write},
    mem,
    sync::{Arc, Mutex},
};

use sha2::{Digest, Sha256};
use zip::{CompressionMethod, ZipWriter, result::ZipResult, write::SimpleFileOptions, write::StreamWriter};

use super::{About, FORMAT, File, MANIFEST, Manifest, SIGNATURE};
use crate::LogKey;

/// A pack as it is written, file by file, to wherever its bytes are taken to: none of it is kept but what was not taken
/// yet and the digests of what was.
pub struct PackWriter {
    zip: ZipWriter<StreamWriter<Ready>>,
    ready: Ready,
    files: Vec<File>,
    digest: Sha256,
}

/// Bytes that are written and not taken yet.
#[derive(Clone, Default)]
struct Ready(Arc<Mutex<Vec<u8>>>);

impl Write for Ready {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nothing panics while it holds this lock").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Default for PackWriter {
    fn default() -> Self {
        let ready = Ready::default();
        Self { zip: ZipWriter::new_stream(ready.clone()), ready, files: Vec::new(), digest: Sha256::new() }
    }
}

impl PackWriter {
    /// Begins the next file.
    ///
    /// # Errors
    /// Where there was one of that name.
    pub fn begin(&mut self, name: &str) -> ZipResult<()> {
        self.finish_file();
        self.zip.start_file(name, options())?;
        self.files.push(File { name: name.to_owned(), bytes: 0, sha256: String::new() });
        Ok(())
    }

    /// Goes on with the file that was begun last.
    ///
    /// # Errors
    /// Where there is none, or it gets larger than a file of a zip may be.
    pub fn write(&mut self, bytes: &[u8]) -> ZipResult<()> {
        self.zip.write_all(bytes)?;
        self.digest.update(bytes);
        if let Some(file) = self.files.last_mut() {
            file.bytes += bytes.len() as u64;
        }
        Ok(())
    }

    /// What can be sent meanwhile.
    pub fn take(&mut self) -> Vec<u8> {
        mem::take(&mut self.ready.0.lock().expect("nothing panics while it holds this lock"))
    }

    /// Writes and signs the manifest; returns all that was not taken yet.
    ///
    /// # Errors
    /// Where a file had the name of one of these.
    pub fn end(mut self, about: About, key: &LogKey) -> ZipResult<Vec<u8>> {
        self.finish_file();
        let About { since, until, made_at, made_by } = about;
        let (format, key_text, files) =
            (FORMAT.to_owned(), key.public().to_string(), mem::take(&mut self.files));
        let manifest = Manifest { format, key: key_text, since, until, made_at, made_by, files };
        let mut text = serde_json::to_vec_pretty(&manifest).expect("texts and numbers are JSON");
        text.push(b'\n');
        for (name, bytes) in [(MANIFEST, &*text), (SIGNATURE, key.sign_manifest(&text).as_bytes())] {
            self.zip.start_file(name, options())?;
            self.zip.write_all(bytes)?;
        }
        self.zip.finish()?;
        Ok(mem::take(&mut self.ready.0.lock().expect("nothing panics while it holds this lock")))
    }

    fn finish_file(&mut self) {
        let digest = mem::take(&mut self.digest).finalize();
        if let Some(file) = self.files.last_mut() {
            file.sha256 = hex::encode(digest);
        }
    }
}

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}
