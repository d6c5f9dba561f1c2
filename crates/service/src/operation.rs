//! Every operation of the API: its audit name, who may do it, on what, and what failing it means.

use crate::access::role::Role::{self, KmipAdapterManager, Manager, Reader, ReaderPlus, Writer};

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

const READERS: &[Role] = &[Reader, ReaderPlus, Writer, Manager];
const LISTERS: &[Role] = &[Reader, ReaderPlus, Writer, Manager, KmipAdapterManager];
const PAYLOAD_READERS: &[Role] = &[ReaderPlus, Writer, Manager];
const WRITERS: &[Role] = &[Writer, Manager];
const MANAGERS: &[Role] = &[Manager];

macro_rules! operations {
    ($($ident:ident = $action:literal $roles:ident $scope:ident $failed:literal;)*) => {
        $(pub(crate) static $ident: Operation = Operation {
            action: concat!("kms.", $action),
            roles: $roles,
            scope: Scope::$scope,
            failed: $failed,
        };)*
    };
}

operations! {
    ALIAS_CREATE = "secrets-alias.create" WRITERS Key "Alias could not be created";
    ALIAS_DELETE = "secrets-alias.delete" WRITERS Key "Alias could not be deleted";
    CREATE = "secrets.create" WRITERS Rings "Key could not be created";
    DELETE = "secrets.delete" MANAGERS Key "Key could not be deleted";
    DISABLE = "secrets.disable" MANAGERS Key "Action could not be performed on key";
    ENABLE = "secrets.enable" MANAGERS Key "Action could not be performed on key";
    HEAD = "secrets.head" LISTERS Rings "Keys could not be counted";
    LIST = "secrets.list" LISTERS Rings "Keys could not be listed";
    METADATA = "secrets-metadata.read" READERS Key "Key could not be retrieved";
    READ = "secrets.read" PAYLOAD_READERS Key "Key could not be retrieved";
    REWRAP = "secrets.rewrap" READERS Key "Action could not be performed on key";
    ROTATE = "secrets.rotate" WRITERS Key "Action could not be performed on key";
    UNKNOWN_ACTION = "secrets.default" READERS Key "Action could not be performed on key";
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
