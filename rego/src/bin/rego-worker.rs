//! A worker and nothing else, for tests of crates that have no binary of their own.

// An evaluation is mostly allocation, and this allocator makes it a quarter faster.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    rego::worker::become_worker_if_asked();
    eprintln!("this is started by the portal's tests, with what it needs; there is nothing here for people");
    std::process::exit(2);
}
