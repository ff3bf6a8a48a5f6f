use chrono::DateTime;

use super::{ByTime, Day, Filter, Hits, Mark, Page, Query, Question, Since, Start};
use crate::report::Severity;

#[derive(Debug, Clone, Default, PartialEq)]
struct Narrowed {
    severity: Option<Severity>,
    text: Option<String>,
    mine: bool,
}

impl Filter for Narrowed {
    fn read(query: &mut Query) -> Self {
        Self { severity: query.take("severity"), text: query.text("text"), mine: query.is_set("mine") }
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        let severity = self.severity.map(|severity| ("severity", severity.to_string()));
        let text = self.text.clone().map(|text| ("text", text));
        severity.into_iter().chain(text).chain(self.mine.then(|| ("mine", "yes".to_owned()))).collect()
    }
}

type Asked = Question<Narrowed, ByTime>;

fn told(query: &str) -> (Asked, Vec<String>) {
    let (asked, unread) = Asked::read(query);
    (asked, unread.iter().map(ToString::to_string).collect())
}

#[test]
fn a_question_survives_its_address() {
    for query in ["", "severity=high", "text=a+%26+b%3D%C3%A9&mine=yes", "text=x&sort=time&after=12.EXC"] {
        let (asked, unread) = told(query);
        assert_eq!(asked.query(), query);
        assert_eq!(unread, [""; 0]);
    }
    assert_eq!(told("text=x").0.address("/list"), "/list?text=x");
    assert_eq!(Asked::default().address("/list"), "/list");
}

#[test]
fn what_cannot_be_read_narrows_nothing_and_is_told_while_the_rest_holds() {
    let (asked, unread) =
        told("severity=awful&text=bucket&mine=perhaps&state=foo&sort=sideways&after=x&before=7&ask=deny");
    assert_eq!(asked.filter, Narrowed { text: Some("bucket".into()), ..Narrowed::default() });
    assert_eq!((asked.sort, asked.start), (ByTime::Newest, Start::Before(Mark::number(7))));
    assert_eq!(unread, ["severity=awful", "mine=perhaps", "sort=sideways", "after=x", "state=foo"]);
}

#[test]
fn what_is_not_known_narrows_nothing_and_is_told() {
    let mut query = Query::of("place=mars&place=earth&text=x");
    query.only("place", |name| name == "earth");
    assert_eq!((query.text("place"), query.text("text")), (Some("earth".into()), Some("x".into())));
    assert_eq!(query.left().iter().map(ToString::to_string).collect::<Vec<_>>(), ["place=mars"]);
}

#[test]
fn days_in_reverse_narrow_nothing_and_are_told() {
    let span = |text: &str| {
        let mut query = Query::of(text);
        let (since, until) = query.span(|since: &Since| since.day());
        let told = query.left().iter().map(ToString::to_string).collect::<Vec<_>>();
        (since.map(|one| one.to_string()), until.map(|one| one.to_string()), told)
    };
    let day = |text: &str| Some(text.to_owned());
    assert_eq!(
        span("since=2026-05-20&until=2026-05-19"),
        (None, None, vec!["since=2026-05-20&until=2026-05-19: it ends before it begins".to_owned()])
    );
    assert_eq!(span("since=2026-05-20&until=2026-05-20"), (day("2026-05-20"), day("2026-05-20"), vec![]));
    let within = span("since=2026-05-20T14:00:00Z&until=2026-05-20");
    assert_eq!(within, (day("2026-05-20T14:00:00Z"), day("2026-05-20"), vec![]));
    assert_eq!(span("until=2026-05-20"), (None, day("2026-05-20"), vec![]));
}

#[test]
fn no_address_is_too_wild_to_be_read() {
    let long = format!("text={}", "x".repeat(201));
    let (asked, unread) = told(&long);
    assert_eq!((asked, unread), (Asked::default(), vec![format!("text={}…", "x".repeat(75))]));
    assert_eq!(told(&format!("text={}", "é".repeat(200))).0.filter.text, Some("é".repeat(200)));
    assert_eq!(told("text=%00").1, ["text=\u{fffd}"]);
    assert_eq!(told("text=+&severity=&&=&%").1, ["%="; 0], "what is empty asks nothing");
    assert_eq!(told("text=a&text=b").1, ["text=b"]);
    assert_eq!(told("text=%ff").0.filter.text, Some("\u{fffd}".into()));
    assert_eq!(told(&"a=b&".repeat(10_000)).1.len(), 40);
}

#[test]
fn what_narrows_can_be_taken_away_one_by_one() {
    let (asked, _) = told("severity=high&text=x&sort=time&after=3");
    assert_eq!(asked.without("text").query(), "severity=high&sort=time");
    assert_eq!(asked.without("text").without("severity").query(), "sort=time");
    assert_eq!(asked.sorted(ByTime::Newest).query(), "severity=high&text=x");
    assert!(asked.is_narrowed() && !asked.without("text").without("severity").is_narrowed());
}

/// Asks for pages of 3 out of the numbers 0 to 9, downwards, as a deed would.
fn page(start: &Start) -> Page<i64> {
    let mark = start.mark().map(|mark| mark.key);
    let mut found: Vec<i64> = (0..10).collect();
    match start {
        Start::Before(_) => found.retain(|one| mark.is_none_or(|mark| *one > mark)),
        _ => {
            found.retain(|one| mark.is_none_or(|mark| *one < mark));
            found.reverse();
        }
    }
    found.truncate(4);
    Page::of(found, start, 3, |one| Mark::number(*one))
}

#[test]
fn pages_lead_down_to_the_end_and_the_same_way_up_again() {
    let (mut start, mut down, mut starts) = (Start::Head, vec![], vec![]);
    loop {
        let found = page(&start);
        assert_eq!(found.before.is_some(), start != Start::Head);
        down.push(found.rows.clone());
        starts.push(found.before.clone());
        let Some(after) = found.after else { break };
        start = Start::After(after);
    }
    assert_eq!(down, [vec![9, 8, 7], vec![6, 5, 4], vec![3, 2, 1], vec![0]]);
    let mut up = vec![];
    let mut before = starts.pop().flatten();
    while let Some(mark) = before {
        let found = page(&Start::Before(mark));
        assert!(found.after.is_some());
        up.push(found.rows);
        before = found.before;
    }
    assert_eq!(up, [vec![3, 2, 1], vec![6, 5, 4], vec![9, 8, 7]]);
}

#[test]
fn a_mark_survives_its_address_and_one_made_up_is_none() {
    for mark in [Mark::number(-3), Mark { key: 12, id: "a.b".into() }] {
        assert_eq!(mark.to_string().parse(), Ok(mark));
    }
    for text in ["", "x", ".5", "12x", "1.\0", &format!("1.{}", "x".repeat(201))] {
        assert!(text.parse::<Mark>().is_err(), "{text:?}");
    }
    assert_eq!(Mark::number(i64::MAX).at(), DateTime::UNIX_EPOCH, "no moment lies so far away");
}

#[test]
fn days_hold_all_that_happened_in_them() {
    let day = |text: &str| text.parse::<Day>().ok();
    #[cfg(feature = "backend")]
    {
        let (since, until) = super::between(day("2026-02-28").map(Since::Day), day("2026-02-28"));
        assert_eq!(since.map(|at| at.to_rfc3339()), Some("2026-02-28T00:00:00+00:00".into()));
        assert_eq!(until.map(|at| at.to_rfc3339()), Some("2026-03-01T00:00:00+00:00".into()));
    }
    for text in ["", "yesterday", "2026-02-30", "0000-01-01", "9999-01-01", "+262142-01-01"] {
        assert_eq!(day(text), None, "{text}");
    }
}

#[test]
fn hits_are_counted_as_far_as_anybody_reads() {
    assert_eq!(Hits::counted(1000).to_string(), "1000");
    assert_eq!(Hits::counted(1001).to_string(), "more than 1,000");
}

#[test]
fn a_beginning_is_a_day_or_a_moment_of_utc() {
    let told = |text: &str| text.parse::<Since>().ok().map(|since| since.to_string());
    assert_eq!(told("2026-05-20"), Some("2026-05-20".into()));
    for moment in ["2026-05-20T14:32:00Z", "2026-05-20T14:32:00", "2026-05-20T14:32"] {
        assert_eq!(told(moment), Some("2026-05-20T14:32:00Z".into()), "{moment}");
    }
    for text in ["", "14:32", "2026-05-20T25:00:00Z", "2026-05-20T14:32:00+02:00", "9999-01-01T00:00"] {
        assert_eq!(told(text), None, "{text}");
    }
}
