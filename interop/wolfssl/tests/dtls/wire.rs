//! What can be read before there are keys.

/// A handshake message, or a piece of it, as it stands in a record (RFC 6347 §4.2.2).
pub(crate) struct Piece<'a> {
    pub(crate) typ: u8,
    /// The number of the message.
    pub(crate) sequence: usize,
    pub(crate) body: &'a [u8],
}

/// Those in the plaintext records of a datagram, one in each.
pub(crate) fn pieces(mut datagram: &[u8]) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    while let Some((header, rest)) = datagram.split_first_chunk::<13>() {
        let length = usize::from(u16::from_be_bytes([header[11], header[12]]));
        // rfc9147 §4: in 1.3 what is under keys begins otherwise.
        if header[0] & 0xe0 == 0x20 || rest.len() < length {
            break;
        }
        let (content, rest) = rest.split_at(length);
        datagram = rest;
        // A handshake record of epoch 0.
        if let ([22, _, _, 0, 0], Some((message, body))) =
            (&header[..5], content.split_first_chunk::<12>())
        {
            let sequence = u16::from_be_bytes([message[4], message[5]]).into();
            pieces.push(Piece { typ: message[0], sequence, body });
        }
    }
    pieces
}
