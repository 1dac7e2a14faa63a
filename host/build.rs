//! Tells cargo what the compiler cannot see.

fn main() {
    // `sqlx::migrate!` embeds the folder's files, and only a rebuild notices a new one.
    println!("cargo:rerun-if-changed=../migrations");
    // The same for `include_dir!`.
    let of_python = "../plugins/boss-invasion-py/boss_invasion/sdk";
    for embedded in ["../plugin-sdk/src", "../wit", of_python, "src/workshop/new/templates"] {
        println!("cargo:rerun-if-changed={embedded}");
    }
}
