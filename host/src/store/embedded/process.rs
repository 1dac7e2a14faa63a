//! Running PostgreSQL's programs as the cluster's owner.

use std::{
    env,
    fs::File,
    io,
    os::{
        fd::{AsFd as _, AsRawFd as _},
        unix::process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use nix::{
    errno::Errno,
    fcntl::{FcntlArg, FdFlag, fcntl},
    sys::signal::Signal,
    unistd::{getpid, getppid},
};

use super::Owner;

/// What the programs inherit. Nothing else, as the environment may hold secrets, and `PG…` variables of somebody's client.
const INHERITED: [&str; 2] = ["PATH", "LD_LIBRARY_PATH"];

/// The path by which a program that inherits the open `folder` reaches it, wherever it is: opening it needs no right to
/// walk there.
pub(super) fn inherited_path(folder: &File) -> PathBuf {
    format!("/proc/self/fd/{}", folder.as_raw_fd()).into()
}

/// A program that runs as `owner`, inherits the open `folder`, and gets `on_our_death` when the thread that spawns it ends.
///
/// It gets a process group of its own, so that Ctrl-C reaches this server first, which then stops the program in order.
pub(super) fn command(program: &Path, owner: &Owner, folder: &Arc<File>, on_our_death: Signal) -> Command {
    let mut command = Command::new(program);
    command.env_clear().envs(INHERITED.iter().filter_map(|name| Some((*name, env::var_os(name)?))));
    // Messages in English, so that an error can be searched for; no surprises from the locale of whoever starts this.
    command.env("LC_ALL", "C").stdin(Stdio::null()).process_group(0);
    // PostgreSQL's programs go away and come back to where they were started: that must be possible for the owner.
    command.current_dir("/");
    if owner.is_other {
        // Drops the supplementary groups as well.
        command.uid(owner.uid.as_raw()).gid(owner.gid.as_raw());
    }
    let folder = Arc::clone(folder);
    let parent = getpid();
    let prepare = move || -> io::Result<()> {
        #[cfg(target_os = "linux")]
        nix::sys::prctl::set_pdeathsig(on_our_death)?;
        #[cfg(not(target_os = "linux"))]
        let _ = on_our_death;
        // Between the fork and the line above, the parent may have died.
        if getppid() != parent {
            return Err(Errno::ESRCH.into());
        }
        fcntl(folder.as_fd(), FcntlArg::F_SETFD(FdFlag::empty()))?;
        Ok(())
    };
    // SAFETY: after the fork, the closure only makes the system calls prctl, getppid and fcntl, which are safe to make
    // there, and neither allocates nor takes locks. It runs after the change of user, which would reset the signal.
    unsafe { command.pre_exec(prepare) };
    command
}
