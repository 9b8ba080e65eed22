//! A walk over **DER** (X.690), as far as a public key needs it: elements of definite length, one
//! behind the other.
//!
//! In: bytes. Out: one element and what is behind it. It refuses lengths of more than four bytes, and
//! an element that is longer than the bytes there are: it says how many are missing.

/// The tags that keys are made of.
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;

/// An element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    /// What is behind it.
    pub(super) rest: &'a [u8],
}

/// Why there is no element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// So many bytes are missing at the end.
    Short(usize),
    /// It is no DER.
    Odd,
}

/// Reads the first element.
pub(super) fn element(bytes: &[u8]) -> Result<Element<'_>, Broken> {
    let [tag, length, rest @ ..] = bytes else { return Err(Broken::Short(2 - bytes.len())) };
    let (length, rest) = match *length {
        short @ 0..=0x7f => (usize::from(short), rest),
        long @ 0x81..=0x84 => {
            let count = usize::from(long - 0x80);
            let digits = rest.get(..count).ok_or(Broken::Short(count))?;
            let length = digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit));
            (length, &rest[count..])
        }
        _ => return Err(Broken::Odd),
    };
    match rest.split_at_checked(length) {
        Some((content, rest)) => Ok(Element { tag: *tag, content, rest }),
        None => Err(Broken::Short(length - rest.len())),
    }
}

/// Reads the first element, which must have this tag.
pub(super) fn expect(bytes: &[u8], tag: u8) -> Result<Element<'_>, Broken> {
    element(bytes).and_then(|found| if found.tag == tag { Ok(found) } else { Err(Broken::Odd) })
}

/// How many bits a number that is not negative has.
pub(super) fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let digits = &number[zeros..];
    digits.first().map_or(0, |first| digits.len() * 8 - first.leading_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_knows_its_content_and_what_is_behind() {
        let found = element(&[0x02, 0x01, 0x07, 0xff]).unwrap();
        assert_eq!((INTEGER, &[7][..], &[0xff][..]), (found.tag, found.content, found.rest));
        let long = [&[0x30, 0x82, 0x01, 0x00][..], &[0; 256]].concat();
        assert_eq!(256, element(&long).unwrap().content.len());
    }

    #[test]
    fn what_is_missing_is_counted() {
        assert_eq!(Err(Broken::Short(2)), element(&[]));
        assert_eq!(Err(Broken::Short(3)), element(&[0x02, 0x05, 1, 2]));
        assert_eq!(Err(Broken::Short(0xffff_ffff)), element(&[0x30, 0x84, 255, 255, 255, 255]));
        assert_eq!(Err(Broken::Odd), element(&[0x30, 0x80, 0]));
        assert_eq!(Err(Broken::Odd), element(&[0x30, 0x89, 0]));
    }

    #[test]
    fn bits_do_not_count_zeros_in_front() {
        assert_eq!(0, bits(&[]));
        assert_eq!(1, bits(&[0, 1]));
        assert_eq!(16, bits(&[0, 0x80, 0]));
    }
}
