//! Archives that nobody means well with.

use super::*;

const REGO: &[u8] = b"package aegis.provisioning.s3\n";

fn good() -> Raw {
    Raw::file("rego/s3.rego", REGO)
}

/// Refuses the archive, naming the file and saying why, and takes it without that entry.
#[track_caller]
fn refused(entry: Raw, file: &str, reason: &str) {
    let faults = archive([good(), entry]).expect_err(file);
    let found = said(&faults).into_iter().any(|(at, why)| at == file && why.contains(reason));
    assert!(found, "{file}: {reason}: {faults:?}");
}

/// Refuses the bytes as a whole.
#[track_caller]
fn unreadable(bytes: &[u8], reason: &str) {
    let faults = Folder::from_archive(bytes).expect_err(reason);
    assert!(said(&faults)[0].1.contains(reason), "{reason}: {faults:?}");
}

#[test]
fn names_that_leave_the_folder_are_refused() {
    for name in ["../a.rego", "a/../../b.rego", "a/..", "..", "./../a.rego", "a/b/../c.rego"] {
        refused(Raw::file(name, REGO), name, "leaves the folder");
    }
    for name in ["/etc/passwd", "/", "//a.rego"] {
        refused(Raw::file(name, REGO), name, "absolute");
    }
    let prefixed = Raw::file("passwd", REGO).with(345, b"/etc");
    refused(prefixed, "/etc/passwd", "absolute");
    refused(Raw::file("b.rego", REGO).with(345, b"a/.."), "a/../b.rego", "leaves the folder");
    refused(Raw::file("../a/", b"").kind(b'5'), "../a/", "leaves the folder");
}

#[test]
fn names_that_are_none_are_refused() {
    refused(Raw::file("", REGO), "", "without a name");
    refused(Raw::file("./", REGO), "./", "without a name");
    refused(Raw::file("a.rego/", REGO), "a.rego/", "without a name");
    refused(Raw::file("", REGO).with(0, b"a\xff.rego"), "a\u{fffd}.rego", "not UTF-8");
    refused(Raw::file("a\\..\\b.rego", REGO), "a\\..\\b.rego", "backslash");
    refused(Raw::file("a\nb.rego", REGO), "a\u{fffd}b.rego", "control character");
    refused(Raw::file("a\x1b[2J.rego", REGO), "a\u{fffd}[2J.rego", "control character");
}

#[test]
fn what_is_no_regular_file_is_refused() {
    refused(Raw::file("a.rego", b"").kind(b'1').with(157, b"/etc/passwd"), "a.rego", "a link");
    refused(Raw::file("a.rego", b"").kind(b'2').with(157, b"../../b"), "a.rego", "a link");
    for device in [b'3', b'4', b'6'] {
        refused(Raw::file("dev/null", b"").kind(device), "dev/null", "not a regular file");
    }
    refused(Raw::file("a.rego", REGO).kind(b'7'), "a.rego", "not a regular file");
    refused(Raw::file("a.rego", REGO).kind(b'S'), "a.rego", "sparse");
    refused(Raw::file("a.rego", REGO).kind(b'M'), "a.rego", "not a regular file");
    refused(Raw::file("a.rego", REGO).kind(b'Z'), "a.rego", "not a regular file");
    refused(Raw::file("a/", REGO).kind(b'5'), "a/", "a folder with content");
}

#[test]
fn headers_that_rename_or_resize_the_next_entry_are_refused() {
    refused(Raw::file("x", b"20 path=../evil.rego\n").kind(b'x'), "x", "PAX");
    refused(Raw::file("x", b"12 size=512\n").kind(b'x'), "x", "PAX");
    refused(Raw::file("pax_global_header", b"18 comment=abcdef\n").kind(b'g'), "pax_global_header", "PAX");
    refused(Raw::file("././@LongLink", b"../../evil.rego\0").kind(b'L'), "././@LongLink", "long name");
    refused(Raw::file("././@LongLink", b"/etc/passwd\0").kind(b'K'), "././@LongLink", "long name");
}

#[test]
fn a_path_that_stands_twice_is_refused() {
    refused(Raw::file("rego/s3.rego", REGO), "rego/s3.rego", "same path");
    refused(Raw::file("./rego//./s3.rego", REGO), "./rego//./s3.rego", "same path");
    refused(Raw::file("rego/s3.rego/a.rego", REGO), "rego/s3.rego/a.rego", "is a file too");
}

#[test]
fn sizes_beyond_the_limits_are_refused() {
    let large = vec![b'#'; LARGEST_MODULE + 1];
    refused(Raw::file("rego/large.rego", &large), "large.rego", "where a module may have 1 MiB");
    assert!(archive([Raw::file("rego/large.rego", &large[1..])]).is_ok());

    let huge = Raw::file("rego/a.rego", b"").with(124, b"77777777777\0").bytes();
    unreadable(&gz(&[huge, vec![0; 1024]].concat()), "cut off");
    let binary =
        Raw::file("rego/a.rego", b"").with(124, b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff").bytes();
    unreadable(&gz(&[binary, vec![0; 1024]].concat()), "");

    let many = (0..10_001).map(|n| Raw::file(&format!("{n}.txt"), b""));
    unreadable(&gz(&tar(many)), "more than 10000 files");
    unreadable(&vec![0; (32 << 20) + 1], "more than 32 MiB packed");
}

#[test]
fn what_unpacks_out_of_proportion_is_refused() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&vec![0; 64 << 20]).unwrap();
    unreadable(&encoder.finish().unwrap(), "more than 200 times");
    // In proportion, and too large: a little noise in every kilobyte keeps the archive from shrinking too much.
    let mut noise = vec![0; 150 << 20];
    let mut state = 1u32;
    for at in (0..noise.len()).filter(|at| at % 1024 < 64) {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise[at] = state.to_be_bytes()[0];
    }
    unreadable(&gz(&noise), "more than 128 MiB unpacked");
}

#[test]
fn what_is_no_whole_archive_is_refused() {
    let whole = gz(&tar([good()]));
    assert!(Folder::from_archive(&whole).is_ok());
    for cut in [0, 1, 10, whole.len() / 2, whole.len() - 1] {
        unreadable(&whole[..cut], "not a whole gzip archive");
    }
    unreadable(b"PK\x03\x04", "not a whole gzip archive");
    unreadable(&tar([good()]), "not a whole gzip archive");
    let mut flipped = whole.clone();
    let crc = flipped.len() - 6;
    flipped[crc] ^= 1;
    unreadable(&flipped, "not a whole gzip archive");
    unreadable(&gz(b""), "without an end");
    unreadable(&gz(b"not a tar"), "");
    unreadable(&gz(&[b'x'; 2048]), "not a tar archive");
}

#[test]
fn what_two_readers_would_see_differently_is_refused() {
    let whole = gz(&tar([good()]));
    let evil = gz(&tar([Raw::file("evil.rego", REGO)]));
    unreadable(&[&whole[..], &evil].concat(), "something follows the gzip archive");
    unreadable(&[&whole[..], b"\0"].concat(), "something follows the gzip archive");
    let hidden = [tar([good()]), tar([Raw::file("evil.rego", REGO)])].concat();
    unreadable(&gz(&hidden), "something follows the end of the tar");
    let endless = good().bytes();
    unreadable(&gz(&endless), "without an end");
    unreadable(
        &gz(&[endless.clone(), vec![0; 512], Raw::file("evil.rego", REGO).bytes()].concat()),
        "follows the end",
    );
    unreadable(&gz(&good().unsummed()), "not a tar archive");
    let cut = Raw::file("rego/a.rego", &[b'a'; 4096]).bytes();
    unreadable(&gz(&cut[..1024]), "cut off");
}

#[test]
fn every_fault_is_told_and_not_only_the_first() {
    let entries = [
        Raw::file("../a.rego", REGO),
        Raw::file("b.rego", b"").kind(b'2'),
        Raw::file("c/data.json", b"{\n\"a\": }"),
        Raw::file("d.rego", b"\xff"),
        good(),
    ];
    let faults = archive(entries).unwrap_err();
    assert_eq!(
        said(&faults),
        [
            ("../a.rego", "the path leaves the folder"),
            ("b.rego", "a link; only regular files are taken"),
            ("c/data.json", "a JSON value was expected"),
            ("d.rego", "not UTF-8 from byte 0 on"),
        ]
    );
    assert_eq!(faults[2].line, Some(2));
}

#[test]
fn so_many_faults_are_told_and_no_more() {
    let faults = archive((0..150).map(|n| Raw::file(&format!("../{n}"), b""))).unwrap_err();
    assert_eq!((faults.len(), faults[100].reason.as_str()), (101, "and 50 more faults"));
}
