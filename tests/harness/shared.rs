//! One fleet for many stories: each has one of its instances for itself, and leaves it as it found it.

use std::ops::Deref;
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::thread;

use crate::fleet::Fleet;
use crate::instance::Instance;

/// The value of `GREETING` in its config, which reaches its containers as files.
pub const GREETING: &str = "hello from a file";
/// The user of its containers.
pub const USER: u32 = 4242;
/// More than this run at a time on no machine.
const MOST: usize = 4;

static FLEET: Mutex<Weak<Shared>> = Mutex::new(Weak::new());

/// The fleet, while any story uses it, and its instances.
struct Shared {
    fleet: Fleet,
    instances: Mutex<Instances>,
    returned: Condvar,
}

struct Instances {
    /// Those that no story has.
    free: Vec<String>,
    /// How many are free or will be: a story that fails leaves its instance as nobody else should find it.
    usable: usize,
}

/// An instance of the shared fleet, which it derefs to, that no other story touches meanwhile. It serves; what a story does to it,
/// it undoes.
pub struct Loan {
    shared: Arc<Shared>,
    id: String,
}

impl Loan {
    /// Takes an instance that serves, once one is free.
    #[track_caller]
    pub fn take() -> Self {
        let shared = Shared::get();
        let none = |instances: &mut Instances| instances.free.is_empty() && instances.usable > 0;
        let instances = shared.instances.lock().unwrap();
        let taken = shared.returned.wait_while(instances, none).unwrap().free.pop();
        let id = taken.expect("stories that failed have left an instance");
        let loan = Self { shared, id };
        loan.instance().serves();
        loan
    }

    /// The instance as it is now.
    #[track_caller]
    pub fn instance(&self) -> Instance<'_> {
        self.found().expect("the instance is there")
    }

    fn found(&self) -> Option<Instance<'_>> {
        self.shared.fleet.instances().into_iter().find(|each| each.id() == self.id)
    }
}

impl Deref for Loan {
    type Target = Fleet;

    fn deref(&self) -> &Fleet {
        &self.shared.fleet
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        let mut instances = self.shared.instances.lock().unwrap_or_else(PoisonError::into_inner);
        if thread::panicking() {
            instances.usable -= 1;
            let log =
                self.found().map(|it| it.shell("systemctl status --no-pager jetway-agent docker; journalctl -n 60"));
            eprintln!("{}", log.map(|log| String::from_utf8_lossy(&log.stdout).into_owned()).unwrap_or_default());
        } else {
            instances.free.push(self.id.clone());
        }
        self.shared.returned.notify_all();
    }
}

impl Shared {
    #[track_caller]
    fn get() -> Arc<Self> {
        let mut kept = FLEET.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = kept.upgrade() {
            return shared;
        }
        let count = thread::available_parallelism().map_or(1, usize::from).min(MOST);
        let user = format!("[environments.qa.containers.web]\nuser = \"{USER}\"\n");
        let plan = Fleet::of(u32::try_from(count).unwrap()).config("GREETING", GREETING).in_files();
        let fleet = plan.manifest(&user).serving();
        let free = fleet.in_service(count).iter().map(|each| each.id().to_owned()).collect();
        let instances = Mutex::new(Instances { free, usable: count });
        let shared = Arc::new(Self { fleet, instances, returned: Condvar::new() });
        *kept = Arc::downgrade(&shared);
        shared
    }
}
