//! Threads for calls that take long.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// What a thread does next.
type Job = Box<dyn FnOnce() + Send>;

/// Stack of a thread: four times what a plugin may use of it.
const STACK_BYTES: usize = 2 << 20;

/// Some threads of low priority, started when they are first needed. A rule that computes for as long as it may is to take
/// what the requests leave of the processor, not the processor from the requests. They are not the runtime's blocking
/// threads, whose priority is everybody's and whose number has to do for files as well.
#[derive(Debug)]
pub(super) struct Workers {
    name: &'static str,
    most: usize,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    threads: usize,
    idle: usize,
    closed: bool,
}

impl Workers {
    /// At most so many threads, none of which runs yet.
    pub(super) fn new(name: &'static str, most: usize) -> Self {
        Self { name, most, shared: Arc::default() }
    }

    /// Has a job done. Whoever lets no more than `most` jobs in at once never has one wait for another.
    ///
    /// # Errors
    ///
    /// There is no thread, and the system starts none.
    pub(super) fn run(&self, job: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
        let mut queue = self.shared.lock();
        if queue.idle <= queue.jobs.len() && queue.threads < self.most {
            match self.start() {
                Ok(()) => queue.threads += 1,
                Err(error) if queue.threads == 0 => return Err(error),
                Err(error) => tracing::warn!(%error, "no further thread for rules can be started"),
            }
        }
        queue.jobs.push_back(Box::new(job));
        drop(queue);
        self.shared.wake.notify_one();
        Ok(())
    }

    fn start(&self) -> std::io::Result<()> {
        let shared = Arc::clone(&self.shared);
        let thread = std::thread::Builder::new().name(self.name.into()).stack_size(STACK_BYTES);
        thread.spawn(move || {
            priority::lower();
            shared.work();
        })?;
        Ok(())
    }
}

/// The threads end when they have done what is left.
impl Drop for Workers {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.wake.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing panics while it holds the lock.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut queue = self.lock();
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                drop(queue);
                // A panic was printed by the hook; whoever waits for the job sees that it was lost.
                let _ = catch_unwind(AssertUnwindSafe(job));
                queue = self.lock();
            } else if queue.closed {
                return;
            } else {
                queue.idle += 1;
                queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
                queue.idle -= 1;
            }
        }
    }
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue").field("jobs", &self.jobs.len()).field("threads", &self.threads).finish_non_exhaustive()
    }
}

/// The priority of threads.
#[cfg(target_os = "linux")]
mod priority {
    use std::sync::Once;

    use nix::libc;

    /// By the scheduler's table, a thread of this niceness gets a tenth of the time of one of the usual niceness 0, where
    /// both want the same core, and all of it where nobody else wants it. At 19 it would be a seventieth: a call could
    /// then not end in any useful time on a busy machine.
    const NICENESS: libc::c_int = 10;

    /// Lowers the priority of this thread, unless it is as low already.
    pub(super) fn lower() {
        static TOLD: Once = Once::new();
        // SAFETY: a system call on numbers. On Linux, 0 means the calling thread alone.
        if unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, NICENESS) } != 0 {
            let error = std::io::Error::last_os_error();
            TOLD.call_once(|| tracing::warn!(%error, "slow rules run at the priority of requests"));
        }
    }
}

/// Elsewhere threads have no priority of their own, or one that cannot be had in the same way.
#[cfg(not(target_os = "linux"))]
mod priority {
    pub(super) fn lower() {}
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn jobs_run_beside_each_other_up_to_the_number_of_threads() {
        let workers = Workers::new("test", 2);
        let (meet, met) = (Arc::new(std::sync::Barrier::new(2)), mpsc::channel());
        for _ in 0..4 {
            let (meet, done) = (Arc::clone(&meet), met.0.clone());
            // Each needs another at the same time.
            workers.run(move || done.send(meet.wait().is_leader()).unwrap()).unwrap();
        }
        assert_eq!(met.1.iter().take(4).filter(|leader| *leader).count(), 2);
        assert_eq!(workers.shared.lock().threads, 2);
    }

    #[test]
    fn a_panic_costs_no_thread() {
        let workers = Workers::new("test", 1);
        let (done, dones) = mpsc::channel();
        workers.run(|| panic!("as the test has it")).unwrap();
        workers.run(move || done.send(()).unwrap()).unwrap();
        dones.recv().unwrap();
        assert_eq!(workers.shared.lock().threads, 1);
    }

    #[test]
    fn what_was_begun_is_done_when_nobody_is_left() {
        let workers = Workers::new("test", 1);
        let (done, dones) = mpsc::channel();
        for _ in 0..3 {
            let done = done.clone();
            workers.run(move || done.send(()).unwrap()).unwrap();
        }
        drop((workers, done));
        assert_eq!(dones.iter().count(), 3);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn threads_have_a_low_priority_of_their_own() {
        // The 19th field of the thread's statistics, the 17th after its name, is its niceness.
        let niceness = || {
            let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
            let (_, fields) = stat.rsplit_once(") ").unwrap();
            fields.split(' ').nth(16).unwrap().parse::<i32>().unwrap()
        };
        let before = niceness();
        let (tell, told) = mpsc::channel();
        Workers::new("test", 1).run(move || tell.send(niceness()).unwrap()).unwrap();
        assert_eq!(told.recv().unwrap(), before.max(10));
        assert_eq!(niceness(), before);
    }
}
