//! Tells cargo what the compiler cannot see.

fn main() {
    // `sqlx::migrate!` embeds the folder's files, and only a rebuild notices a new one.
    println!("cargo:rerun-if-changed=../migrations");
    // The same for `include_dir!`.
    for embedded in ["../plugin-sdk/src", "../wit", "src/workshop/new/templates"] {
        println!("cargo:rerun-if-changed={embedded}");
    }
}
