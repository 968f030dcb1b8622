//! Organizers' routes.
