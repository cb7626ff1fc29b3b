//! One past every limit, and the limit itself.

use lariat_sdp::limits::{
    MAX_ATTRIBUTES, MAX_BODY, MAX_FORMATS, MAX_LINE, MAX_MEDIA, MAX_OTHER_LINES, MAX_RIDS,
};
use lariat_sdp::{Attribute, BuildReason, Limit, Media, MediaKind, Origin, Reason, Session};

const HEAD: &str = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";

/// The description that `text` makes with a number is read up to `limit`, and not beyond.
fn check(limit: Limit, most: usize, text: impl Fn(usize) -> String) {
    assert_eq!(limit.value(), most);
    assert!(Session::parse(&text(most)).is_ok(), "{limit:?}");
    let error = Session::parse(&text(most + 1)).expect_err("one past the limit");
    assert_eq!(error.reason, Reason::Limit(limit));
    assert!(error.to_string().contains(&most.to_string()), "{error}");
}

#[test]
fn bytes_are_limited() {
    let line = "a=xxxxxx\r\n";
    check(Limit::Body, MAX_BODY, |length| {
        let lines = (length - HEAD.len()) / line.len() / 40;
        let long = format!("a={}\r\n", "x".repeat(40 * line.len() - 4));
        let mut text = HEAD.to_owned() + &long.repeat(lines - 1);
        let left = length - text.len();
        text += &format!("a={}\r\n", "x".repeat(left - 4));
        assert_eq!(text.len(), length);
        text
    });
}

#[test]
fn the_length_of_a_line_is_limited() {
    check(Limit::Line, MAX_LINE, |length| format!("{HEAD}a={}\r\n", "x".repeat(length - 2)));
}

#[test]
fn media_are_limited() {
    check(Limit::Media, MAX_MEDIA, |count| format!("{HEAD}{}", "m=a 9 X y\r\n".repeat(count)));
}

#[test]
fn attributes_are_limited_over_all_media() {
    check(Limit::Attributes, MAX_ATTRIBUTES, |count| {
        let half = "a=x\r\n".repeat(count / 2);
        let rest = "a=x\r\n".repeat(count - count / 2);
        format!("{HEAD}{half}m=a 9 X y\r\n{rest}")
    });
}

#[test]
fn other_lines_are_limited_in_each_section() {
    check(Limit::OtherLines, MAX_OTHER_LINES, |count| {
        format!("{HEAD}m=a 9 X y\r\n{}", "b=X:1\r\n".repeat(count))
    });
    // One of them is t=.
    check(Limit::OtherLines, MAX_OTHER_LINES, |count| {
        format!("{HEAD}{}", "b=X:1\r\n".repeat(count - 1))
    });
}

#[test]
fn formats_are_limited() {
    check(Limit::Formats, MAX_FORMATS, |count| format!("{HEAD}m=a 9 X{}\r\n", " y".repeat(count)));
}

#[test]
fn rids_are_limited_in_each_media_description() {
    let rids = |count| format!("m=a 9 X y\r\n{}", "a=rid:h send\r\n".repeat(count));
    check(Limit::Rids, MAX_RIDS, |count| format!("{HEAD}{}{}", rids(MAX_RIDS), rids(count)));
}

#[test]
fn nothing_is_written_that_would_not_be_read() {
    let mut session = Session::new(Origin::new(1, 1));
    let media = Media::new(MediaKind::Audio, 9, "X", ["y"]);
    session.media = vec![media; MAX_MEDIA + 1];
    let error = session.write().unwrap_err();
    // Four lines, then two for each.
    assert_eq!(error.line, 4 + 2 * MAX_MEDIA + 1);
    assert_eq!(error.reason, BuildReason::Unreadable(Reason::Limit(Limit::Media)));

    let mut session = Session::new(Origin::new(1, 1));
    session.push(Attribute::other("x".repeat(MAX_LINE - 2), None));
    assert!(session.write().is_ok());
    session.push(Attribute::other("x".repeat(MAX_LINE - 1), None));
    let error = session.write().unwrap_err();
    assert_eq!(
        (error.line, error.reason),
        (6, BuildReason::Unreadable(Reason::Limit(Limit::Line)))
    );
}
