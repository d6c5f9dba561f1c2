//! Every operation of the API: its audit name, who may do it, on what, and what failing it means.

use crate::access::role::Role::{
    self, KeyPurge, KmipAdapterManager, Manager, Reader, ReaderPlus, Writer,
};

/// What an operation is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The whole instance.
    Instance,
    /// The keys of an instance that the caller may see: a grant on one key ring is enough.
    Rings,
    /// One key, named in the path.
    Key,
}

/// One operation.
#[derive(Debug)]
pub(crate) struct Operation {
    /// The action as activity tracking names it.
    pub(crate) action: &'static str,
    /// The roles that include it.
    pub(crate) roles: &'static [Role],
    pub(crate) scope: Scope,
    /// What did not happen when it is refused.
    pub(crate) failed: &'static str,
}

impl Operation {
    /// Whether it goes by what its key was within the last second, if another process changed it.
    /// What this process has changed is seen at once, by every operation.
    pub(crate) fn may_lag(&self) -> bool {
        std::ptr::eq(self, &raw const WRAP) || std::ptr::eq(self, &raw const UNWRAP)
    }
}

const PURGERS: &[Role] = &[KeyPurge];
const READERS: &[Role] = &[Reader, ReaderPlus, Writer, Manager];
const LISTERS: &[Role] = &[Reader, ReaderPlus, Writer, Manager, KmipAdapterManager];
const PAYLOAD_READERS: &[Role] = &[ReaderPlus, Writer, Manager];
const WRITERS: &[Role] = &[Writer, Manager];
const KMIP_MANAGERS: &[Role] = &[Manager, KmipAdapterManager];
const MANAGERS: &[Role] = &[Manager];

macro_rules! operations {
    ($($ident:ident = $action:literal $roles:ident $scope:ident $failed:literal;)*) => {
        $(pub(crate) static $ident: Operation = Operation {
            action: concat!("kms.", $action),
            roles: $roles,
            scope: Scope::$scope,
            failed: $failed,
        };)*

        #[cfg(test)]
        static ALL: &[&Operation] = &[$(&$ident),*];
    };
}

operations! {
    ACTIVITY_LIST = "activity.list" MANAGERS Instance "Events could not be listed";
    ALIAS_CREATE = "secrets-alias.create" WRITERS Key "Alias could not be created";
    ALIAS_DELETE = "secrets-alias.delete" WRITERS Key "Alias could not be deleted";
    CREATE = "secrets.create" WRITERS Rings "Key could not be created";
    CREATE_WITH_OVERRIDES = "secrets-with-policy-overrides.create" MANAGERS Rings
        "Key could not be created";
    DELETE = "secrets.delete" MANAGERS Key "Key could not be deleted";
    DISABLE = "secrets.disable" MANAGERS Key "Action could not be performed on key";
    ENABLE = "secrets.enable" MANAGERS Key "Action could not be performed on key";
    HEAD = "secrets.head" LISTERS Rings "Keys could not be counted";
    IMPORT_TOKEN_CREATE = "import-token.create" WRITERS Instance
        "Import token could not be created";
    IMPORT_TOKEN_READ = "import-token.read" WRITERS Instance "Import token could not be retrieved";
    INSTANCE_POLICY_READ = "instance-policies.read" MANAGERS Instance
        "Policy could not be retrieved";
    INSTANCE_POLICY_WRITE = "instance-policies.write" MANAGERS Instance
        "Policy could not be created";
    IP_PORT_READ = "instance-allowed-ip-port.read" LISTERS Rings "Port could not be retrieved";
    KMIP_CREATE = "kmip-management.create" KMIP_MANAGERS Instance
        "KMIP resource could not be created";
    KMIP_DELETE = "kmip-management.delete" KMIP_MANAGERS Instance
        "KMIP resource could not be deleted";
    KMIP_LIST = "kmip-management.list" KMIP_MANAGERS Instance "KMIP resources could not be listed";
    KMIP_READ = "kmip-management.read" KMIP_MANAGERS Instance
        "KMIP resource could not be retrieved";
    LIST = "secrets.list" LISTERS Rings "Keys could not be listed";
    METADATA = "secrets-metadata.read" READERS Key "Key could not be retrieved";
    PATCH = "secrets.patch" MANAGERS Key "Key could not be updated";
    POLICY_READ = "policies.read" MANAGERS Key "Policy could not be retrieved";
    POLICY_WRITE = "policies.write" MANAGERS Key "Policy could not be created";
    PURGE = "secrets.purge" PURGERS Key "Key could not be purged";
    READ = "secrets.read" PAYLOAD_READERS Key "Key could not be retrieved";
    REGISTRATION_CREATE = "registrations.create" READERS Key "Registration could not be created";
    REGISTRATION_DELETE = "registrations.delete" READERS Key "Registration could not be deleted";
    REGISTRATION_LIST = "registrations.list" READERS Key "Registrations could not be listed";
    REGISTRATION_LIST_ALL = "registrations.list" READERS Rings "Registrations could not be listed";
    REGISTRATION_MERGE = "registrations.merge" READERS Key "Registration could not be updated";
    REGISTRATION_WRITE = "registrations.write" READERS Key "Registration could not be updated";
    RESTORE = "secrets.restore" MANAGERS Key "Key could not be restored";
    REWRAP = "secrets.rewrap" READERS Key "Action could not be performed on key";
    RING_CREATE = "key-rings.create" WRITERS Instance "Key ring could not be created";
    RING_DELETE = "key-rings.delete" MANAGERS Instance "Key ring could not be deleted";
    RING_LIST = "key-rings.list" LISTERS Rings "Key rings could not be listed";
    ROTATE = "secrets.rotate" WRITERS Key "Action could not be performed on key";
    SET_FOR_DELETION = "secrets.setkeyfordeletion" WRITERS Key
        "Action could not be performed on key";
    SYNC = "secrets.sync" WRITERS Key "Action could not be performed on key";
    UNKNOWN_ACTION = "secrets.default" READERS Key "Action could not be performed on key";
    UNSET_FOR_DELETION = "secrets.unsetkeyfordeletion" WRITERS Key
        "Action could not be performed on key";
    UNWRAP = "secrets.unwrap" READERS Key "Action could not be performed on key";
    VERSIONS = "secrets-key-versions.list" READERS Key "Key versions could not be listed";
    WRAP = "secrets.wrap" READERS Key "Action could not be performed on key";
}

/// No operation: the path or the method does not exist.
pub(crate) static NONE: Operation = Operation {
    action: "kms.none",
    roles: &[],
    scope: Scope::Instance,
    failed: "The request could not be routed",
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::ALL;
    use crate::api::INVALID;

    /// The actions of IBM's service that clients can cause, by their groups.
    const ACTIONS: &[(&str, &str)] = &[
        (
            "secrets",
            "create default delete disable enable head list wrap unwrap rewrap patch purge read \
             restore rotate setkeyfordeletion unsetkeyfordeletion",
        ),
        ("secrets-alias", "create delete request"),
        ("secrets-key-versions", "list"),
        ("secrets-metadata", "read"),
        ("secrets-with-policy-overrides", "create"),
        ("key-rings", "create delete list request"),
        ("policies", "read write default"),
        ("instance-policies", "read write request"),
        ("import-token", "create read request"),
        ("registrations", "list default create write merge delete"),
        ("kmip-management", "create delete list read default"),
        ("instance-allowed-ip-port", "read"),
    ];

    /// Those that nothing here causes: what happens without a call, what services answer to events
    /// that are not sent, the KMIP protocol, and paths that are not served.
    const ABSENT: &[(&str, &str)] = &[
        (
            "secrets",
            "expire ack-delete ack-restore ack-rotate ack-enable ack-disable",
        ),
        ("secrets-event", "ack"),
        ("kmip", "create get activate revoke destroy locate default"),
        ("instance-ip-allowlist-port", "read"),
        ("governance-config", "read"),
    ];

    fn names(table: &[(&str, &str)]) -> BTreeSet<String> {
        let names = |(group, actions): &(&str, &str)| {
            let all = actions.split_whitespace();
            all.map(|action| format!("kms.{group}.{action}"))
                .collect::<Vec<_>>()
        };
        table.iter().flat_map(names).collect()
    }

    #[test]
    fn the_actions_are_those_of_the_service_it_stands_for() {
        let here = ALL.iter().map(|operation| operation.action.to_owned());
        let invalid = INVALID.iter().map(|(_, action)| (*action).to_owned());
        let here: BTreeSet<_> = here.chain(invalid).collect();
        let (there, absent) = (names(ACTIONS), names(ABSENT));
        let missing: Vec<_> = there.difference(&here).collect();
        let own: Vec<_> = here.difference(&there).collect();
        println!("{} of {} actions", there.len(), there.len() + absent.len());
        println!("absent: {absent:?}");
        assert_eq!(missing, Vec::<&String>::new());
        assert_eq!(own, ["kms.activity.list", "kms.secrets.sync"]);
        assert!(absent.is_disjoint(&here), "no longer absent");
    }
}
