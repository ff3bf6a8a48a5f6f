//! Ports for the programs that tests start.

use std::{
    net::{Ipv4Addr, TcpListener},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

/// Below what kernels hand out to outgoing connections (Linux: 32768–60999). A port from there can be
/// taken by any connection of any test between our look at it and the program's own bind.
const FIRST: u16 = 20_000;
const COUNT: u32 = 12_000;

static GIVEN: AtomicU32 = AtomicU32::new(0);

/// A port of 127.0.0.1 on which nobody listens, and which this process gives away once only.
///
/// Processes start at places of their own, so that tests in two of them seldom meet.
///
/// # Panics
///
/// When all of them are taken.
pub fn free_port() -> u16 {
    let place = process::id().wrapping_mul(4_799) % COUNT;
    (0..COUNT)
        .map(|_| (place + GIVEN.fetch_add(1, Ordering::Relaxed)) % COUNT)
        .filter_map(|offset| Some(FIRST + u16::try_from(offset).ok()?))
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .expect("a machine has a free port")
}
