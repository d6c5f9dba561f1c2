//! Signed tokens: JWTs under ES256 (RFC 7519, RFC 7518 §3.4), and the key set that checks them.

use base64ct::{Base64UrlUnpadded, Encoding};
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use tsutsumi::Secret;

/// How long an access token lives.
pub(crate) const ACCESS_LIFE_S: i64 = 3600;
/// How long a refresh token lives.
pub(crate) const REFRESH_LIFE_S: i64 = 30 * 24 * 3600;
const ISSUER: &str = "https://iam.cloud.ibm.com/identity";

/// What a token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) iam_id: String,
    pub(crate) id: String,
    pub(crate) realmid: String,
    pub(crate) jti: String,
    pub(crate) identifier: String,
    pub(crate) sub: String,
    pub(crate) account: Account,
    pub(crate) iat: i64,
    pub(crate) exp: i64,
    pub(crate) iss: String,
    pub(crate) grant_type: String,
    pub(crate) scope: String,
    pub(crate) client_id: String,
    /// `access`, or `refresh` in the token that buys the next access token.
    pub(crate) use_for: Use,
    /// The row of the API key that the token comes from: removing the key ends its refresh tokens.
    pub(crate) key: String,
}

/// The account claim.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) valid: bool,
    pub(crate) bss: String,
}

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Use {
    Access,
    Refresh,
}

impl Claims {
    /// * `life_s` - how long from `now` the token holds.
    /// * `key` - the row id of the API key behind it.
    pub(crate) fn new(
        (iam_id, account): (&str, &str),
        (use_for, life_s): (Use, i64),
        (jti, key): (String, &str),
        now: i64,
    ) -> Self {
        let realm = iam_id.split('-').next().unwrap_or_default();
        let subject = iam_id.strip_prefix("iam-").unwrap_or(iam_id);
        Self {
            iam_id: iam_id.to_owned(),
            id: iam_id.to_owned(),
            realmid: realm.to_owned(),
            jti,
            identifier: subject.to_owned(),
            sub: subject.to_owned(),
            account: Account {
                valid: true,
                bss: account.to_owned(),
            },
            iat: now,
            exp: now + life_s,
            iss: ISSUER.to_owned(),
            grant_type: "urn:ibm:params:oauth:grant-type:apikey".to_owned(),
            scope: "ibm openid".to_owned(),
            client_id: "default".to_owned(),
            use_for,
            key: key.to_owned(),
        }
    }
}

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is no JWT at all.
    Malformed,
    /// Its signature, its time or its use is wrong.
    Invalid,
}

/// Signs and checks tokens.
pub(crate) struct Signer {
    key: SigningKey,
    id: String,
}

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

/// A JSON Web Key set (RFC 7517 §5).
#[derive(Serialize)]
pub(crate) struct KeySet {
    keys: [PublicKey; 1],
}

#[derive(Serialize)]
struct PublicKey {
    kty: &'static str,
    crv: &'static str,
    alg: &'static str,
    r#use: &'static str,
    kid: String,
    x: String,
    y: String,
}

impl Signer {
    /// * `scalar` - the private key; `None` if it is not one, which a random 32 bytes is with a
    ///   chance of 2⁻³².
    pub(crate) fn new(scalar: &Secret<32>, id: &str) -> Option<Self> {
        let key = SigningKey::from_slice(scalar.as_bytes()).ok()?;
        Some(Self {
            key,
            id: id.to_owned(),
        })
    }

    /// Signs `claims`.
    pub(crate) fn sign(&self, claims: &Claims) -> String {
        let header = Header {
            alg: "ES256".to_owned(),
            typ: "JWT".to_owned(),
            kid: self.id.clone(),
        };
        let part = |json: serde_json::Result<Vec<u8>>| {
            Base64UrlUnpadded::encode_string(&json.unwrap_or_default())
        };
        let mut token = format!(
            "{}.{}",
            part(serde_json::to_vec(&header)),
            part(serde_json::to_vec(claims))
        );
        let signature: Signature = self.key.sign(token.as_bytes());
        token.push('.');
        token.push_str(&Base64UrlUnpadded::encode_string(&signature.to_bytes()));
        token
    }

    /// Checks a token's form, then its algorithm, key, signature, time and use.
    pub(crate) fn verify(&self, token: &str, use_for: Use, now: i64) -> Result<Claims, Refused> {
        let (signed, signature) = token.rsplit_once('.').ok_or(Refused::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(Refused::Malformed)?;
        let header: Header = read_part(header)?;
        let signature = decode(signature)?;
        if header.alg != "ES256" || header.kid != self.id {
            return Err(Refused::Invalid);
        }
        let signature = Signature::from_slice(&signature).map_err(|_| Refused::Invalid)?;
        VerifyingKey::from(&self.key)
            .verify(signed.as_bytes(), &signature)
            .map_err(|_| Refused::Invalid)?;
        let claims: Claims = read_part(claims)?;
        let fresh = claims.exp > now && claims.iss == ISSUER && claims.use_for == use_for;
        if fresh {
            Ok(claims)
        } else {
            Err(Refused::Invalid)
        }
    }

    /// The public half, for whoever wants to check tokens.
    pub(crate) fn key_set(&self) -> KeySet {
        let point = VerifyingKey::from(&self.key).to_sec1_point(false);
        let coordinate =
            |bytes: Option<&[u8]>| Base64UrlUnpadded::encode_string(bytes.unwrap_or_default());
        KeySet {
            keys: [PublicKey {
                kty: "EC",
                crv: "P-256",
                alg: "ES256",
                r#use: "sig",
                kid: self.id.clone(),
                x: coordinate(point.x().map(|x| &x[..])),
                y: coordinate(point.y().map(|y| &y[..])),
            }],
        }
    }
}

fn decode(part: &str) -> Result<Vec<u8>, Refused> {
    Base64UrlUnpadded::decode_vec(part).map_err(|_| Refused::Malformed)
}

fn read_part<T: for<'de> Deserialize<'de>>(part: &str) -> Result<T, Refused> {
    serde_json::from_slice(&decode(part)?).map_err(|_| Refused::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(id: &str) -> Signer {
        Signer::new(&Secret::generate().unwrap(), id).unwrap()
    }

    fn claims(now: i64) -> Claims {
        let who = ("IBMid-1", "account");
        Claims::new(
            who,
            (Use::Access, ACCESS_LIFE_S),
            ("jti".to_owned(), "row"),
            now,
        )
    }

    #[test]
    fn a_token_holds_until_it_expires() {
        let signer = signer("k");
        let token = signer.sign(&claims(1000));
        assert_eq!(
            signer.verify(&token, Use::Access, 4599).unwrap().iam_id,
            "IBMid-1"
        );
        assert_eq!(
            signer.verify(&token, Use::Access, 4600).unwrap_err(),
            Refused::Invalid
        );
        assert_eq!(
            signer.verify(&token, Use::Refresh, 1000).unwrap_err(),
            Refused::Invalid
        );
    }

    #[test]
    fn a_token_of_another_signer_is_refused() {
        let token = signer("k").sign(&claims(1000));
        assert_eq!(
            signer("k").verify(&token, Use::Access, 1000).unwrap_err(),
            Refused::Invalid
        );
    }

    #[test]
    fn every_changed_character_is_refused() {
        let signer = signer("k");
        let token = signer.sign(&claims(1000));
        for at in 0..token.len() {
            let mut other = token.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).unwrap();
            assert!(signer.verify(&other, Use::Access, 1000).is_err(), "{at}");
        }
    }

    #[test]
    fn an_unsigned_token_is_refused() {
        let signer = signer("k");
        let token = signer.sign(&claims(1000));
        let claims = token.split('.').nth(1).unwrap();
        let header = Base64UrlUnpadded::encode_string(br#"{"alg":"none","typ":"JWT","kid":"k"}"#);
        let unsigned = format!("{header}.{claims}.");
        assert_eq!(
            signer.verify(&unsigned, Use::Access, 1000).unwrap_err(),
            Refused::Invalid
        );
        assert_eq!(
            signer.verify("x", Use::Access, 1000).unwrap_err(),
            Refused::Malformed
        );
    }
}
