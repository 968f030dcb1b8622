//! Teams, memberships and invitations.
