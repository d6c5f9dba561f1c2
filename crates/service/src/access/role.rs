//! The roles of the `kms` service.

/// A service role. Roles do not contain each other here: the table of operations lists each one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    KeyPurge,
    KmipAdapterManager,
    Manager,
    Reader,
    ReaderPlus,
    Writer,
}

impl Role {
    const ALL: [(Self, &'static str); 6] = [
        (
            Self::KeyPurge,
            "crn:v1:bluemix:public:kms::::serviceRole:KeyPurge",
        ),
        (
            Self::KmipAdapterManager,
            "crn:v1:bluemix:public:kms::::serviceRole:KmipAdapterManager",
        ),
        (
            Self::Manager,
            "crn:v1:bluemix:public:iam::::serviceRole:Manager",
        ),
        (
            Self::Reader,
            "crn:v1:bluemix:public:iam::::serviceRole:Reader",
        ),
        (
            Self::ReaderPlus,
            "crn:v1:bluemix:public:kms::::serviceRole:ReaderPlus",
        ),
        (
            Self::Writer,
            "crn:v1:bluemix:public:iam::::serviceRole:Writer",
        ),
    ];

    /// Reads a role CRN. Which service the CRN names does not matter, the role's name does.
    pub(crate) fn parse(crn: &str) -> Option<Self> {
        let name = crn
            .strip_prefix("crn:v1:bluemix:public:")?
            .split_once("::::serviceRole:")?
            .1;
        let named = |role: &str| role.rsplit(':').next() == Some(name);
        Self::ALL
            .iter()
            .find(|(_, crn)| named(crn))
            .map(|(role, _)| *role)
    }

    /// The role's CRN.
    pub(crate) fn crn(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(role, _)| *role == self)
            .map_or("", |(_, crn)| *crn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_reads_back() {
        for (role, crn) in Role::ALL {
            assert_eq!(Role::parse(crn), Some(role));
            assert_eq!(role.crn(), crn);
        }
        assert_eq!(
            Role::parse("crn:v1:bluemix:public:iam::::role:Viewer"),
            None
        );
    }
}
