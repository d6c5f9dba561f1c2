//! Cloud resource names.

/// The parts of
/// `crn:v1:bluemix:public:<service>:<region>:a/<account>:<instance>:<type>:<resource>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crn {
    pub(crate) service: String,
    pub(crate) region: String,
    pub(crate) account: String,
    pub(crate) instance: String,
    pub(crate) resource_type: String,
    pub(crate) resource: String,
}

impl Crn {
    /// Reads a CRN; `None` unless it has ten segments, version `v1` and an account.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(10, ':').collect();
        let &[
            "crn",
            "v1",
            _cname,
            _ctype,
            service,
            region,
            scope,
            instance,
            kind,
            resource,
        ] = parts.as_slice()
        else {
            return None;
        };
        let account = scope.strip_prefix("a/")?;
        if service.is_empty() || account.is_empty() {
            return None;
        }
        Some(Self {
            service: service.to_owned(),
            region: region.to_owned(),
            account: account.to_owned(),
            instance: instance.to_owned(),
            resource_type: kind.to_owned(),
            resource: resource.to_owned(),
        })
    }
}

/// Writes the CRN of something in a Key Protect instance.
pub(crate) fn of(region: &str, account: &str, instance: &str, kind: &str, id: &str) -> String {
    format!("crn:v1:bluemix:public:kms:{region}:a/{account}:{instance}:{kind}:{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crn_reads_back() {
        let crn = Crn::parse(&of("us-south", "acc", "inst", "key", "id")).unwrap();
        assert_eq!(
            (crn.service.as_str(), crn.region.as_str()),
            ("kms", "us-south")
        );
        assert_eq!(
            (crn.instance.as_str(), crn.resource.as_str()),
            ("inst", "id")
        );
    }

    #[test]
    fn other_text_is_no_crn() {
        for text in [
            "",
            "crn:v1",
            "crn:v2:bluemix:public:kms:r:a/x:i:key:k",
            "crn:v1:b:p:kms:r:x:i:k:",
        ] {
            assert_eq!(Crn::parse(text), None, "{text}");
        }
    }
}
