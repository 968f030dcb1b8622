//! Changing a password, and links that set a new one.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// A request for another password of the own account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasswordChange {
    /// The present password.
    pub current: String,
    /// The new one, 10 to 200 characters.
    pub new: String,
}

/// A request for a link that sets a new password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewPasswordReset {
    /// E-mail address of the account.
    pub email: String,
}

/// A new link with its code, which is shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedPasswordReset {
    /// The code; the page is `/reset/CODE` at the server.
    pub code: String,
    /// When it ends. It cannot be used after that.
    pub expires_at: Timestamp,
}

/// What the holder of a code may know: whose password it sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PasswordReset {
    /// E-mail address of the account.
    pub email: String,
    /// Name of its owner.
    pub name: String,
    /// When the code ends.
    pub expires_at: Timestamp,
}

/// The new password of the account that a code is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResetPassword {
    /// The new password, 10 to 200 characters.
    pub password: String,
}
