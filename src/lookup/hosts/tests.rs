use super::*;
use crate::model::dns::{Exchange, Resolver};

/// A world of names, which is asked in the order in which the feed gives out questions.
#[derive(Default)]
struct World {
    names: HashMap<IpAddr, Answer<Vec<String>>>,
    addresses: HashMap<String, Answer<Vec<IpAddr>>>,
    asked: RefCell<Vec<String>>,
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

impl World {
    fn ptr(mut self, address: &str, names: &[&str]) -> Self {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        self.names.insert(ip(address), Answer::Found(names));
        self
    }

    fn a(mut self, name: &str, addresses: &[&str]) -> Self {
        let addresses = addresses.iter().map(|address| ip(address)).collect();
        self.addresses.insert(name.to_owned(), Answer::Found(addresses));
        self
    }

    fn broken(mut self, name: &str) -> Self {
        self.addresses.insert(name.to_owned(), Answer::Unknown("SERVFAIL".to_owned()));
        self
    }

    /// Looks addresses up, so many at a time, the last answer first.
    fn look_up(&self, addresses: &[&str], at_once: usize) -> Vec<Host> {
        let mut feed = Feed::new(addresses.iter().map(|address| ip(address)));
        let mut under_way = Vec::new();
        loop {
            while under_way.len() < at_once {
                let Some(question) = feed.question() else { break };
                under_way.push(question);
            }
            let Some(question) = under_way.pop() else { break };
            let reply = match &question {
                Question::Names(address) => Reply::Names(self.names(*address)),
                Question::AddressesOf(name, family) => {
                    Reply::Addresses(self.addresses_of(name, *family))
                }
                other => panic!("{other:?} was asked"),
            };
            feed.answered(&question, reply);
        }
        assert!(feed.open.is_empty() && feed.waiting.is_empty(), "something is left");
        let mut done = feed.done;
        done.sort_by_key(|host| host.address);
        done
    }

    fn one(&self, address: &str) -> (HostStatus, Option<String>) {
        let mut found = self.look_up(&[address], 1);
        assert_eq!(1, found.len());
        let host = found.remove(0);
        assert_eq!(host.status == HostStatus::Unknown, host.why.is_some());
        (host.status, host.name)
    }
}

impl Resolver for World {
    fn txt(&self, _: &str) -> Answer<Vec<String>> {
        Answer::NoData
    }

    fn addresses(&self, name: &str) -> Answer<Vec<IpAddr>> {
        self.asked.borrow_mut().push(name.to_owned());
        self.addresses.get(name).cloned().unwrap_or(Answer::NoName)
    }

    fn exchanges(&self, _: &str) -> Answer<Vec<Exchange>> {
        Answer::NoData
    }

    fn names(&self, address: IpAddr) -> Answer<Vec<String>> {
        self.asked.borrow_mut().push(address.to_string());
        self.names.get(&address).cloned().unwrap_or(Answer::NoName)
    }
}

fn named(status: HostStatus, name: &str) -> (HostStatus, Option<String>) {
    (status, Some(name.to_owned()))
}

#[test]
fn a_name_is_confirmed_if_it_leads_back() {
    let world = World::default()
        .ptr("192.0.2.1", &["mx.acme.example"])
        .a("mx.acme.example", &["192.0.2.9", "192.0.2.1"])
        .ptr("192.0.2.2", &["elsewhere.example"])
        .a("elsewhere.example", &["192.0.2.9"])
        .ptr("192.0.2.3", &["nowhere.example"])
        .ptr("2001:db8::1", &["mx6.acme.example"])
        .a("mx6.acme.example", &["2001:db8::1"])
        .ptr("::ffff:192.0.2.1", &["mx.acme.example"]);
    assert_eq!(named(HostStatus::Confirmed, "mx.acme.example"), world.one("192.0.2.1"));
    assert_eq!(named(HostStatus::Unconfirmed, "elsewhere.example"), world.one("192.0.2.2"));
    assert_eq!(named(HostStatus::Unconfirmed, "nowhere.example"), world.one("192.0.2.3"));
    assert_eq!((HostStatus::Nameless, None), world.one("192.0.2.4"));
    assert_eq!(named(HostStatus::Confirmed, "mx6.acme.example"), world.one("2001:db8::1"));
    assert_eq!(named(HostStatus::Confirmed, "mx.acme.example"), world.one("::ffff:192.0.2.1"));
}

#[test]
fn of_several_names_the_first_that_leads_back_is_taken_whatever_their_order() {
    let world = |names: &[&str]| {
        World::default()
            .ptr("192.0.2.1", names)
            .a("b.example", &["192.0.2.1"])
            .a("c.example", &["192.0.2.1"])
            .broken("d.example")
    };
    for names in [["a.example", "b.example", "c.example"], ["c.example", "b.example", "a.example"]]
    {
        assert_eq!(named(HostStatus::Confirmed, "b.example"), world(&names).one("192.0.2.1"));
    }
    let behind = world(&["d.example", "b.example", "e.example"]);
    assert_eq!(named(HostStatus::Confirmed, "b.example"), behind.one("192.0.2.1"));
    assert_eq!(
        vec!["192.0.2.1", "b.example"],
        *behind.asked.borrow(),
        "no more than needed is asked"
    );
}

#[test]
fn what_nobody_can_tell_is_unknown_and_not_missing() {
    let mut world = World::default()
        .ptr("192.0.2.1", &["a.example", "d.example"])
        .a("a.example", &["192.0.2.9"])
        .broken("d.example");
    world.names.insert(ip("192.0.2.2"), Answer::Unknown("no answer".into()));
    assert_eq!(named(HostStatus::Unknown, "a.example"), world.one("192.0.2.1"));
    assert_eq!((HostStatus::Unknown, None), world.one("192.0.2.2"));
    world.names.insert(ip("192.0.2.3"), Answer::NoData);
    assert_eq!((HostStatus::Nameless, None), world.one("192.0.2.3"));
}

#[test]
fn a_name_that_no_machine_can_have_leads_nowhere_and_names_are_bounded() {
    let world = World::default()
        .ptr("192.0.2.1", &["<b>\u{1b}[2j.example"])
        .a("<b>\u{1b}[2j.example", &["192.0.2.1"]);
    assert_eq!(HostStatus::Unconfirmed, world.one("192.0.2.1").0);
    let many: Vec<String> = (100..200).map(|number| format!("n{number}.example")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let world = World::default().ptr("192.0.2.1", &many).a("n150.example", &["192.0.2.1"]);
    assert_eq!(named(HostStatus::Unconfirmed, "n100.example"), world.one("192.0.2.1"));
    assert_eq!(1 + NAMES, world.asked.borrow().len());
}

#[test]
fn many_under_way_at_once_come_out_as_one_by_one() {
    let mut world = World::default().broken("shared9.example");
    let addresses: Vec<String> = (0..250).map(|number| format!("192.0.2.{number}")).collect();
    for (number, address) in addresses.iter().enumerate() {
        let shared = format!("shared{}.example", number % 10);
        world = world.ptr(address, &["none.example", &shared]);
    }
    for shared in 0..8 {
        let some: Vec<&str> =
            addresses.iter().skip(shared).step_by(20).map(String::as_str).collect();
        world = world.a(&format!("shared{shared}.example"), &some);
    }
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let one_by_one = world.look_up(&addresses, 1);
    for status in [HostStatus::Confirmed, HostStatus::Unconfirmed, HostStatus::Unknown] {
        assert!(one_by_one.iter().any(|host| host.status == status), "{status:?}");
    }
    for at_once in [2, 16, 1_000] {
        assert_eq!(one_by_one, world.look_up(&addresses, at_once), "{at_once} at once");
    }
}

#[test]
fn the_wanted_name_of_ones_own_server_is_the_one_that_is_looked_for() {
    let world = World::default()
        .ptr("192.0.2.1", &["a.hoster.example", "mail.acme.example"])
        .a("a.hoster.example", &["192.0.2.1"])
        .a("mail.acme.example", &["192.0.2.1", "192.0.2.2"])
        .ptr("192.0.2.2", &["a.hoster.example"]);
    let found = own_hosts("mail.acme.example", &world).unwrap().hosts;
    let fine: Vec<bool> = found.iter().map(OwnHost::is_fine).collect();
    assert_eq!(vec![true, false], fine);
    assert_eq!(Some("mail.acme.example"), found[0].name.as_deref());
    assert_eq!(HostStatus::Unconfirmed, found[1].status, "its name leads to the other");
    let plain = own_host(ip("192.0.2.1"), None, &world);
    assert_eq!((true, Some("a.hoster.example")), (plain.is_fine(), plain.name.as_deref()));
    let inside = own_host(ip("10.0.0.1"), None, &world);
    assert_eq!((Some("private"), HostStatus::Unknown), (inside.special, inside.status));
    assert_eq!(Err(Answer::NoName), own_hosts("else.example", &world));
}
