//! Pages compressed one by one, for capability `compress` (up to 9.0): a zlib stream for each page.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use crate::error::ErrorKind;

/// Returns the largest size of the zlib stream of `length` bytes.
pub const fn bound(length: usize) -> usize {
    length + (length >> 12) + (length >> 14) + (length >> 25) + 13
}

/// Compresses pages. Each thread needs its own.
#[derive(Debug)]
pub struct Compressor(Compress);

impl Compressor {
    /// Creates a compressor with the level of `compress-level`, 0 to 9.
    pub fn new(level: u32) -> Self {
        Self(Compress::new(Compression::new(level.min(9)), true))
    }

    /// Compresses one page into `out`, replacing its content. Returns `false` if the result is
    /// longer than [`bound`], as for incompressible pages, which have to be sent uncompressed.
    pub fn compress(&mut self, page: &[u8], out: &mut Vec<u8>) -> bool {
        self.0.reset();
        out.resize(bound(page.len()), 0);
        let status = self.0.compress(page, out, FlushCompress::Finish);
        out.truncate(self.0.total_out() as usize);
        matches!(status, Ok(Status::StreamEnd))
    }
}

/// Decompresses pages. Each thread needs its own.
#[derive(Debug)]
pub struct Decompressor(Decompress);

impl Default for Decompressor {
    fn default() -> Self {
        Self(Decompress::new(true))
    }
}

impl Decompressor {
    /// Decompresses `data`, which must fill `page` exactly.
    pub fn decompress(&mut self, data: &[u8], page: &mut [u8]) -> Result<(), ErrorKind> {
        self.0.reset(true);
        match self.0.decompress(data, page, FlushDecompress::Finish) {
            Ok(Status::StreamEnd) if self.0.total_out() == page.len() as u64 => Ok(()),
            _ => Err(ErrorKind::Compressed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    #[cfg_attr(miri, ignore = "takes minutes")]
    fn round_trips_within_the_bound() {
        let mut random = Random::new(11);
        let (mut data, mut page) = (Vec::new(), vec![0; 4096]);
        let mut decompressor = Decompressor::default();
        for level in 0..=9 {
            let mut compressor = Compressor::new(level);
            for mask in [0, 1, 0xff] {
                let source: Vec<u8> = (0..4096).map(|_| random.next() as u8 & mask).collect();
                if !compressor.compress(&source, &mut data) {
                    assert_eq!(mask, 0xff, "only noise may not fit");
                    continue;
                }
                assert!(data.len() <= bound(4096));
                decompressor.decompress(&data, &mut page).unwrap();
                assert_eq!(page, source, "level {level}, mask {mask}");
            }
        }
    }

    #[test]
    fn only_a_whole_page_is_accepted() {
        let (mut data, mut page) = (Vec::new(), vec![0; 4096]);
        let mut decompressor = Decompressor::default();
        for length in [0, 4095, 4097] {
            Compressor::new(1).compress(&vec![5; length], &mut data);
            assert_eq!(
                decompressor.decompress(&data, &mut page),
                Err(ErrorKind::Compressed),
                "{length}"
            );
        }
        Compressor::new(1).compress(&[5; 4096], &mut data);
        assert!(decompressor.decompress(&data[..data.len() - 1], &mut page).is_err());
        assert!(decompressor.decompress(b"garbage", &mut page).is_err());
        assert_eq!(decompressor.decompress(&data, &mut page), Ok(()));
    }
}
