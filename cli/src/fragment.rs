//! Candidates that arrive after the description (`application/trickle-ice-sdpfrag`, RFC 8840 §4.4).

use lariat::IceCandidate;

/// Candidates in one request; browsers send a handful.
const MAX_CANDIDATES: usize = 64;

/// Reads a fragment; the error is a sentence.
///
/// Only what concerns candidates is read: the credentials must be those of the description, and the
/// peer compares them by using them.
pub(crate) fn parse(fragment: &str) -> Result<Vec<IceCandidate>, String> {
    let mut candidates = Vec::new();
    let mut mid: Option<String> = None;
    for (index, line) in fragment.lines().enumerate() {
        let line = line.trim_end();
        let (name, value) = match line.split_once('=') {
            Some((name, value)) if name.len() == 1 => (name, value),
            _ if line.is_empty() => continue,
            _ => return Err(format!("Line {} is not like `a=value`.", index + 1)),
        };
        match (name, value.split_once(':')) {
            ("m", _) => mid = None,
            ("a", Some(("mid", value))) => mid = Some(value.to_owned()),
            ("a", Some(("candidate", _))) => {
                if candidates.len() == MAX_CANDIDATES {
                    return Err(format!("More than {MAX_CANDIDATES} candidates in one request."));
                }
                candidates.push(IceCandidate {
                    candidate: value.to_owned(),
                    sdp_mid: mid.clone(),
                    sdp_m_line_index: None,
                });
            }
            _ => {}
        }
    }
    Ok(candidates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_belong_to_the_section_above_them() {
        let fragment = "a=group:BUNDLE 0 1\r\na=ice-ufrag:EsAw\r\na=ice-pwd:secret\r\n\
            m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n\
            a=candidate:1 1 udp 2122260223 192.0.2.1 61764 typ host\r\n\
            m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n\
            a=candidate:2 1 udp 2122260223 192.0.2.2 61765 typ host\r\na=end-of-candidates\r\n";
        let candidates = parse(fragment).unwrap();
        let mids: Vec<_> = candidates.iter().map(|c| c.sdp_mid.as_deref()).collect();
        assert_eq!(mids, [Some("0"), Some("1")]);
        assert!(candidates[0].candidate.starts_with("candidate:1 1 udp"));
    }

    #[test]
    fn what_is_not_a_fragment_is_refused_with_its_line() {
        assert_eq!(parse("a=mid:0\r\nhello").unwrap_err(), "Line 2 is not like `a=value`.");
        assert_eq!(parse(""), Ok(Vec::new()));
    }

    #[test]
    fn one_candidate_past_the_limit_is_refused() {
        let line = "a=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\n";
        assert_eq!(parse(&line.repeat(MAX_CANDIDATES)).unwrap().len(), MAX_CANDIDATES);
        assert!(parse(&line.repeat(MAX_CANDIDATES + 1)).is_err());
    }
}
