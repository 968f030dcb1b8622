//! Teams and invitations.
