//! The first start: the organizer's account and the embedded scorer's token.
