//! Tests of pickles: what Python wrote is read, and nothing else is run, believed or fallen over.
#![allow(clippy::unwrap_used)]

use super::*;
use proptest::prelude::*;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/fixtures/labels/", $name))
    };
}

const WORSE: [i64; 20] = [1, 2, 3, 4, 5, 6, 7, 8, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/// The pickles and archives, each with the reader that it is for.
type Reader = fn(&[u8]) -> Result<Pickle, String>;
const SOUND: [(&[u8], Reader); 10] = [
    (fixture!("protocol2.pkl"), parse),
    (fixture!("protocol3.pkl"), parse),
    (fixture!("protocol4.pkl"), parse),
    (fixture!("protocol5.pkl"), parse),
    (fixture!("tensors.pt"), torch),
    (fixture!("arrays.pt"), torch),
    (fixture!("dictionary.npy"), npy),
    (fixture!("plain.npy"), npy),
    (fixture!("big_endian.npy"), npy),
    (fixture!("cifar10_batch"), parse),
];

/// Everything that can be asked of a pickle.
fn visit(pickle: &Pickle) {
    let root = pickle.root();
    let _ = (pickle.text(root), pickle.ints(root), pickle.bytes(root));
    for (key, value) in pickle.entries(root).unwrap_or_default() {
        assert!(pickle.get(root, &key).is_some());
        let _ = (pickle.text(value), pickle.ints(value), pickle.bytes(value));
    }
}

#[test]
fn every_protocol_and_container_gives_the_same_arrays() {
    for (n, (bytes, read)) in SOUND.into_iter().enumerate() {
        let pickle = read(bytes).unwrap();
        let root = pickle.root();
        if let Some(worse) = pickle.get(root, "worse_label") {
            assert_eq!(pickle.ints(worse).unwrap(), WORSE, "{n}");
        } else if n != 9 {
            assert_eq!(pickle.ints(root).unwrap(), WORSE, "{n}");
        }
        visit(&pickle);
    }
    let pickle = parse(fixture!("protocol5.pkl")).unwrap();
    let list = pickle.get(pickle.root(), "list").unwrap();
    assert_eq!(pickle.ints(list).unwrap(), [1, -2, 300, 70_000, 1 << 40]);
    let number = pickle.get(pickle.root(), "number");
    assert_eq!(number, Some(Value::Int(-7)));
}

#[test]
fn arrays_of_bytes_keep_their_shape() {
    let pickle = parse(fixture!("cifar10_batch")).unwrap();
    let data = pickle.get(pickle.root(), "data").unwrap();
    let (shape, bytes) = pickle.bytes(data).unwrap();
    assert_eq!(shape, [2, 3072]);
    assert!(
        bytes
            .iter()
            .enumerate()
            .all(|(i, b)| usize::from(*b) == i % 251)
    );
    let labels = pickle.get(pickle.root(), "labels").unwrap();
    assert_eq!(pickle.ints(labels).unwrap(), [3, 9]);
}

#[test]
fn tensors_of_every_size_and_order_give_their_numbers() {
    // A state dict of half, brain, single and double precision, most of it views, some of them with
    // the channels last: tests/oracles/imagenet.py.
    let pickle = torch(include_bytes!("../../../tests/oracles/imagenet.pth")).unwrap();
    let state = pickle.get(pickle.root(), "state_dict").unwrap();
    let entries = pickle.entries(state).unwrap();
    assert_eq!(entries.len(), 122);
    for (name, value) in entries {
        let dims = pickle.dims(value).unwrap();
        let count: usize = dims.iter().product();
        if name.ends_with("num_batches_tracked") {
            assert_eq!((dims.len(), pickle.ints(value).unwrap()), (0, vec![0]));
            assert!(pickle.floats(value).is_err());
        } else {
            let numbers = pickle.floats(value).unwrap();
            assert_eq!(numbers.len(), count, "{name}");
            assert!(numbers.iter().all(|x| x.is_finite()) && numbers.iter().any(|x| *x != 0.0));
        }
    }
}

/// A tensor over a storage of 4 singles, 0 to 3, with these sizes and strides.
fn view(offset: u8, size: [u8; 2], stride: [u8; 2]) -> Result<Vec<f32>, String> {
    let mut pickle = b"ctorch._utils\n_rebuild_tensor_v2\n(".to_vec();
    pickle.extend(b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQ");
    pickle.extend([b'K', offset, b'K', size[0], b'K', size[1], 0x86]);
    pickle.extend([b'K', stride[0], b'K', stride[1], 0x86]);
    pickle.extend(b"\x89ccollections\nOrderedDict\n)RtR.");
    let mut pickle = parse(&pickle)?;
    let storage = (0..4).flat_map(|n| (n as f32).to_le_bytes()).collect();
    pickle.storages.insert("0".into(), storage);
    pickle.floats(pickle.root())
}

#[test]
fn views_are_read_in_their_order_and_never_beyond_their_storage() {
    assert_eq!(view(0, [2, 2], [2, 1]).unwrap(), [0.0, 1.0, 2.0, 3.0]);
    assert_eq!(view(0, [2, 2], [1, 2]).unwrap(), [0.0, 2.0, 1.0, 3.0]);
    assert_eq!(view(1, [1, 2], [9, 2]).unwrap(), [1.0, 3.0]);
    assert_eq!(view(0, [0, 2], [1, 2]).unwrap(), [0.0f32; 0]);
    for (offset, size, stride) in [
        (1, [2, 2], [2, 1]),
        (1, [2, 2], [1, 2]),
        (0, [2, 2], [1, 255]),
        // One element again and again could be more than fits into memory.
        (0, [255, 255], [0, 0]),
        (255, [1, 1], [3, 3]),
    ] {
        let error = view(offset, size, stride).unwrap_err();
        assert!(error.contains("beyond its storage"), "{error}");
    }
}

#[test]
fn a_function_that_arrays_do_not_need_is_refused_by_name() {
    for (bytes, read) in [
        (&fixture!("malicious.pt")[..], torch as Reader),
        (&fixture!("malicious.npy")[..], npy),
        // STACK_GLOBAL, with a name that would change the colour of a terminal.
        (b"\x80\x04\x8c\x02os\x8c\x06system\x93.", parse),
        (b"cbuiltins\neval\n(X\x01\x00\x00\x001tR.", parse),
    ] {
        let error = read(bytes).unwrap_err();
        let named = ["posix.system", "os.system", "nt.system", "builtins.eval"];
        assert!(
            named.iter().any(|n| error.contains(n)) && error.contains("does not run"),
            "{error}"
        );
    }
    let error = parse(b"c\x1b[31mos\nsystem\n.").unwrap_err();
    assert!(!error.contains('\x1b'), "{error}");
}

#[test]
fn lies_about_sizes_are_seen_before_memory_is_taken() {
    // An array of 2^93 numbers in one byte.
    let mut array =
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00C\x01b\x87R".to_vec();
    array.extend(b"(K\x01J\xff\xff\xff\x7fJ\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x87");
    array.extend(b"cnumpy\ndtype\nX\x02\x00\x00\x00i8K\x00K\x01\x87R\x89C\x01xtb.");
    let error = parse(&array).unwrap_err();
    assert!(error.contains("does not hold as many"), "{error}");
    // A text of four gigabytes in a file of a few bytes.
    for bytes in [
        &b"X\xff\xff\xff\xffab."[..],
        b"\x8d\xff\xff\xff\xff\xff\xff\xff\xff.",
    ] {
        let error = parse(bytes).unwrap_err();
        assert!(error.contains("ends at byte"), "{error}");
    }
    // A long text that is made into bytes again and again.
    let mut bomb = b"c_codecs\nencode\nq\x00X\x00\x10\x00\x00".to_vec();
    bomb.extend([b'a'; 4096]);
    bomb.extend(b"q\x01X\x06\x00\x00\x00latin1q\x02");
    for _ in 0..1000 {
        bomb.extend(b"h\x00h\x01h\x02\x86R");
    }
    let error = parse(&bomb).unwrap_err();
    assert!(error.contains("more bytes than it holds"), "{error}");
    // Objects without end.
    let error = parse(&[b']'; 2 << 20]).unwrap_err();
    assert!(error.contains("objects"), "{error}");
    let error = parse(&[b'N'; 8 << 20]).unwrap_err();
    assert!(error.contains("values"), "{error}");
}

#[test]
fn deep_nesting_is_no_deep_recursion() {
    // A million tuples within each other.
    let mut bytes = vec![b')'];
    bytes.extend([0x85; 1_000_000]);
    bytes.push(b'.');
    drop(parse(&bytes).unwrap());
}

#[test]
fn torn_files_are_refused() {
    for (bytes, read) in SOUND {
        for length in 0..bytes.len() {
            assert!(
                read(&bytes[..length]).is_err(),
                "{length} of {}",
                bytes.len()
            );
        }
    }
}

proptest! {
    #[test]
    fn flipped_bits_never_panic(file in 0..SOUND.len(), flips in prop::collection::vec((any::<prop::sample::Index>(), 0u8..8), 1..4)) {
        let (bytes, read) = SOUND[file];
        let mut bytes = bytes.to_vec();
        for (place, bit) in flips {
            let place = place.index(bytes.len());
            bytes[place] ^= 1 << bit;
        }
        if let Ok(pickle) = read(&bytes) {
            visit(&pickle);
        }
    }

    #[test]
    fn anything_at_all_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for read in [parse, torch, npy] {
            if let Ok(pickle) = read(&bytes) {
                visit(&pickle);
            }
        }
    }
}
