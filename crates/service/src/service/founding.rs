//! A new account, its owner, and its first instance.

use tsutsumi::Secret;
use uuid::Uuid;

use super::{ACTIVITY_KEY, ServiceError, new_id, signer_place};
use crate::access::policy::{Attribute, PolicyRecord, PolicyType};
use crate::access::role::Role;
use crate::identity::token::Signer;
use crate::record::account::{AccountRecord, InstanceRecord};
use crate::record::instance_policy::InstancePolicies;
use crate::vault::Vault;

/// What a new service is to be. Whatever is `None` is made up.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// The account, 32 hexadecimal digits.
    pub account: Option<String>,
    /// The id of its first instance, a UUID.
    pub instance: Option<String>,
    /// The region in resource names; `us-south` if not given.
    pub region: Option<String>,
}

/// Makes the rows of a new account and its first instance.
pub(super) fn found(
    vault: &Vault,
    options: Options,
    now: i64,
) -> Result<(AccountRecord, InstanceRecord), ServiceError> {
    let region = options.region.unwrap_or_else(|| "us-south".to_owned());
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let instance = match options.instance {
        Some(id) => Uuid::parse_str(&id)
            .map_err(|_| ServiceError::Option)?
            .to_string(),
        None => new_id()?,
    };
    let id = match options.account {
        Some(id) => id,
        None => new_id()?.replace('-', ""),
    };
    let hex = id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit());
    if !hex || region.is_empty() || region.len() > 32 || !region.chars().all(plain) {
        return Err(ServiceError::Option);
    }
    let signer_id = new_id()?;
    let scalar = loop {
        let scalar = Secret::<32>::generate()?;
        if Signer::new(&scalar, &signer_id).is_some() {
            break scalar;
        }
    };
    let signer_key = vault.wrap(&signer_place(&signer_id), scalar.as_bytes())?;
    let activity_key = vault.wrap(&ACTIVITY_KEY, Secret::<32>::generate()?.as_bytes())?;
    let key = vault.new_instance_key(&instance)?;
    let owner = format!("IBMid-{}", &new_id()?[..8]);
    let account = AccountRecord {
        id: id.clone(),
        region: region.clone(),
        instance: instance.clone(),
        owner,
        signer_id,
        signer_key,
        activity_key,
    };
    Ok((
        account,
        InstanceRecord {
            id: instance,
            account: id,
            region,
            key,
            created: now,
            policies: InstancePolicies::default(),
        },
    ))
}

/// The owner manages every key of the account; purging is nobody's until it is granted.
pub(super) fn owner_policy(
    account: &AccountRecord,
    now: i64,
) -> Result<PolicyRecord, ServiceError> {
    Ok(PolicyRecord {
        id: new_id()?,
        account: account.id.clone(),
        policy_type: PolicyType::Access,
        description: "the owner of the account".to_owned(),
        subject: vec![Attribute::equals("iam_id", &account.owner)],
        resource: vec![
            Attribute::equals("accountId", &account.id),
            Attribute::equals("serviceName", "kms"),
        ],
        roles: vec![Role::Manager.crn().to_owned()],
        created: now,
        created_by: account.owner.clone(),
        modified: now,
        modified_by: account.owner.clone(),
    })
}
