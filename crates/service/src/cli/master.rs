//! Where the master key comes from: a file, the environment, a passphrase, or a root key of another
//! service.

mod file;
mod key_service;
mod passphrase;

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{OsStr, Resettable};
use tsutsumi::Secret;
use zeroize::Zeroizing;

use self::file::{Slot, decode, encode, read_key, read_text, write_private};
use self::key_service::KeyService;

/// The key in the data directory.
const OWN: &str = "master.key";
const KEY_VARIABLE: &str = "TSUTSUMI_MASTER_KEY";
const PASSPHRASE_VARIABLE: &str = "TSUTSUMI_PASSPHRASE";
const API_KEY_VARIABLE: &str = "TSUTSUMI_MASTER_KEY_API_KEY";

type Failed = Box<dyn std::error::Error>;

/// Declares the options that name where a master key is.
macro_rules! places {
    ($(#[doc = $about:literal])* $name:ident, $heading:expr;
        $($field:ident: $type:ty, $value:literal, $env:expr, $help:literal;)*) => {
        $(#[doc = $about])*
        #[derive(Debug, Args)]
        pub(crate) struct $name {
            $(#[arg(
                long,
                value_name = $value,
                env = $env,
                hide_env_values = true,
                help_heading = $heading,
                help = $help
            )]
            $field: Option<$type>,)*
        }
    };
}

places! {
    /// Where the master key comes from.
    MasterKey, "Master key (without these, `master.key` in the data directory)";
    master_key_file: PathBuf, "FILE", "TSUTSUMI_MASTER_KEY_FILE",
        "A file with the master key, 32 bytes in base64. TSUTSUMI_MASTER_KEY may hold it itself";
    passphrase_file: PathBuf, "FILE", "TSUTSUMI_PASSPHRASE_FILE",
        "A file with a passphrase from which the key is derived. TSUTSUMI_PASSPHRASE may hold the \
         passphrase itself";
    master_key_url: String, "URL", "TSUTSUMI_MASTER_KEY_URL",
        "The Key Protect API of another service, one of whose root keys wraps the master key, such \
         as https://us-south.kms.cloud.ibm.com";
    master_key_instance: String, "ID", "TSUTSUMI_MASTER_KEY_INSTANCE",
        "The instance there";
    master_key_id: String, "ID", "TSUTSUMI_MASTER_KEY_ID",
        "The root key there, its id or an alias";
    master_key_token_url: String, "URL", "TSUTSUMI_MASTER_KEY_TOKEN_URL",
        "The identity service for it, such as https://iam.cloud.ibm.com, if it is not at the same \
         address";
    master_key_api_key_file: PathBuf, "FILE", "TSUTSUMI_MASTER_KEY_API_KEY_FILE",
        "A file with an API key that may wrap and unwrap there. TSUTSUMI_MASTER_KEY_API_KEY may \
         hold the API key itself";
    master_key_ca: PathBuf, "FILE", "TSUTSUMI_MASTER_KEY_CA",
        "The authority of its certificate, PEM, if this machine does not trust it anyway";
    master_key_wrapped_file: PathBuf, "FILE", "TSUTSUMI_MASTER_KEY_WRAPPED_FILE",
        "The file that keeps the wrapped master key; made if the service is new. \
         `master.key.wrapped` in the data directory if not given";
}

/// No environment variable.
const NONE: Resettable<OsStr> = Resettable::Reset;

places! {
    /// Where the next master key comes from.
    NewMasterKey, "New master key (without these, one is drawn into `master.key`)";
    new_master_key_file: PathBuf, "FILE", NONE,
        "A file with the new master key, 32 bytes in base64";
    new_passphrase_file: PathBuf, "FILE", NONE,
        "A file with a passphrase from which the new key is derived";
    new_master_key_url: String, "URL", NONE,
        "The Key Protect API of another service, one of whose root keys is to wrap a new key";
    new_master_key_instance: String, "ID", NONE,
        "The instance there";
    new_master_key_id: String, "ID", NONE,
        "The root key there, its id or an alias";
    new_master_key_token_url: String, "URL", NONE,
        "The identity service for it, if it is not at the same address";
    new_master_key_api_key_file: PathBuf, "FILE", NONE,
        "A file with an API key that may wrap and unwrap there";
    new_master_key_ca: PathBuf, "FILE", NONE,
        "The authority of its certificate, PEM, if this machine does not trust it anyway";
    new_master_key_wrapped_file: PathBuf, "FILE", NONE,
        "The file that keeps the wrapped new key; `master.key.wrapped` in the data directory if \
         not given";
}

impl NewMasterKey {
    /// The one source that the options name.
    pub(crate) fn source(self) -> Result<Source, Failed> {
        let named = MasterKey {
            master_key_file: self.new_master_key_file,
            passphrase_file: self.new_passphrase_file,
            master_key_url: self.new_master_key_url,
            master_key_instance: self.new_master_key_instance,
            master_key_id: self.new_master_key_id,
            master_key_token_url: self.new_master_key_token_url,
            master_key_api_key_file: self.new_master_key_api_key_file,
            master_key_ca: self.new_master_key_ca,
            master_key_wrapped_file: self.new_master_key_wrapped_file,
        };
        only(named.named()?)
    }
}

/// One place where a master key may be.
#[derive(Debug)]
pub(crate) enum Source {
    /// The data directory.
    Directory,
    /// The environment.
    Variable(Zeroizing<String>),
    File(PathBuf),
    /// The passphrase itself, or the file that holds it.
    Passphrase(Option<PathBuf>, Zeroizing<String>),
    Service(Box<KeyService>),
}

impl MasterKey {
    /// The one source that the options and the environment name.
    pub(crate) fn source(&self) -> Result<Source, Failed> {
        let variable = |name| std::env::var(name).ok().map(Zeroizing::new);
        let mut found = Vec::new();
        found.extend(variable(KEY_VARIABLE).map(|text| (KEY_VARIABLE, Source::Variable(text))));
        found.extend(
            variable(PASSPHRASE_VARIABLE)
                .map(|text| (PASSPHRASE_VARIABLE, Source::Passphrase(None, text))),
        );
        found.extend(self.named()?);
        only(found)
    }

    /// The sources that the options name.
    fn named(&self) -> Result<Vec<(&'static str, Source)>, Failed> {
        let mut found = Vec::new();
        if let Some(path) = &self.master_key_file {
            found.push(("--master-key-file", Source::File(path.clone())));
        }
        if let Some(path) = &self.passphrase_file {
            let source = Source::Passphrase(Some(path.clone()), Zeroizing::default());
            found.push(("--passphrase-file", source));
        }
        let (url, instance, id) = (
            &self.master_key_url,
            &self.master_key_instance,
            &self.master_key_id,
        );
        match (url, instance, id) {
            (Some(url), Some(instance), Some(id)) => {
                let service = KeyService {
                    url: url.clone(),
                    instance: instance.clone(),
                    root_key: id.clone(),
                    token_url: self.master_key_token_url.clone(),
                    api_key_file: self.master_key_api_key_file.clone(),
                    authority: self.master_key_ca.clone(),
                    wrapped_file: self.master_key_wrapped_file.clone(),
                };
                found.push(("--master-key-url", Source::Service(Box::new(service))));
            }
            (None, None, None) => {}
            _ => {
                return Err(
                    "--master-key-url, --master-key-instance and --master-key-id go together"
                        .into(),
                );
            }
        }
        Ok(found)
    }
}

/// The source that was found, if it is no more than one; none is the data directory.
fn only(mut found: Vec<(&'static str, Source)>) -> Result<Source, Failed> {
    if let [(one, _), (two, _), ..] = found.as_slice() {
        return Err(format!("the master key cannot come from `{one}` and from `{two}`").into());
    }
    Ok(found.pop().map_or(Source::Directory, |(_, source)| source))
}

impl Source {
    /// Reads, derives or unwraps the key.
    ///
    /// * `new` - whether there is no service yet; the key is drawn then, where it is kept here.
    pub(crate) fn read(&self, data: &Path, new: bool) -> Result<Secret<32>, Failed> {
        let slot = self.slot(data);
        let present = slot.as_ref().and_then(Slot::present);
        match (self, present) {
            (Self::Variable(text), _) => decode(text, KEY_VARIABLE),
            (Self::File(path), _) => read_key(path),
            (Self::Passphrase(None, text), _) => passphrase::derive(text, data),
            (Self::Passphrase(Some(path), _), _) => passphrase::derive(&read_text(path)?, data),
            (Self::Directory, Some(path)) => read_key(path),
            (Self::Service(service), Some(path)) => service.open(path),
            (Self::Directory, None) if new => {
                let key = Secret::generate()?;
                write_private(&data.join(OWN), &encode(&key))?;
                Ok(key)
            }
            (Self::Service(service), None) if new => key_service::first(service, data),
            (Self::Directory | Self::Service(_), None) => {
                let own = slot.map(|slot| slot.own).unwrap_or_default();
                let missing = own.display();
                Err(format!("the master key is not there: `{missing}` does not exist").into())
            }
        }
    }

    /// The key that is about to take over, if a change to this source was interrupted.
    pub(crate) fn next(&self, data: &Path) -> Result<Option<Secret<32>>, Failed> {
        match (self, self.slot(data).filter(|slot| slot.next.exists())) {
            (Self::Service(service), Some(slot)) => service.open(&slot.next).map(Some),
            (_, Some(slot)) => read_key(&slot.next).map(Some),
            (_, None) => Ok(None),
        }
    }

    /// The key that this source is to have from now on: drawn, and on disk before it is used, where
    /// the source keeps it here.
    pub(crate) fn make_next(&self, data: &Path) -> Result<Secret<32>, Failed> {
        match (self, self.slot(data)) {
            (Self::Service(service), Some(slot)) => {
                service.make(|wrapped| slot.write_next(wrapped))
            }
            (_, Some(slot)) => {
                let key = Secret::generate()?;
                slot.write_next(&encode(&key))?;
                Ok(key)
            }
            (_, None) => self.read(data, false),
        }
    }

    /// Ends a change to this source.
    pub(crate) fn adopt_next(&self, data: &Path) -> Result<(), Failed> {
        self.slot(data).map_or(Ok(()), |slot| slot.adopt())
    }

    /// The source in a few words.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Directory => "the data directory".to_owned(),
            Self::Variable(_) => KEY_VARIABLE.to_owned(),
            Self::File(path) => format!("`{}`", path.display()),
            Self::Passphrase(..) => "the passphrase".to_owned(),
            Self::Service(service) => format!("the root key `{}`", service.root_key),
        }
    }

    fn slot(&self, data: &Path) -> Option<Slot> {
        match self {
            Self::Directory => Some(Slot::new(data.join(OWN))),
            Self::Service(service) => Some(service.slot(data)),
            Self::Variable(_) | Self::File(_) | Self::Passphrase(..) => None,
        }
    }
}
