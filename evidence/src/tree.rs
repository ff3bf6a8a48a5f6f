//! The tree of RFC 6962, section 2.1, of which only the right edge is ever held in memory.
//!
//! Hashes are kept where they are completed: with a leaf stand, level by level, those of all full subtrees that end with
//! it (Crosby and Wallach, "Efficient Data Structures for Tamper-Evident Logging", section 3.3). So a log that is
//! appended to is only ever written at its end.

use std::cell::RefCell;

use tlog_tiles::{
    EMPTY_HASH, Hash, HashReader, node_hash, prove_record, prove_tree, split_stored_hash_index,
    tlog::{Error, RecordProof, TreeProof},
    tree_hash,
};

/// A tree as it grows.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    size: u64,
    /// The roots of its full subtrees, from the left: as many as its size has ones in binary.
    edge: Vec<Hash>,
}

/// Where a hash is kept: with which leaf, and how many levels above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub leaf: u64,
    pub level: u8,
}

impl Tree {
    /// A tree that goes on from what is kept, `edge` being what stands at [`Tree::edge_of`].
    ///
    /// None where those are not as many as the size demands.
    pub fn resumed(size: u64, edge: Vec<Hash>) -> Option<Self> {
        (edge.len() == size.count_ones() as usize).then_some(Self { size, edge })
    }

    /// The places of the roots of a tree's full subtrees, from the left.
    pub fn edge_of(size: u64) -> Vec<Place> {
        let (mut places, mut covered) = (Vec::new(), 0);
        for level in (0..u64::BITS as u8).rev().filter(|level| size >> level & 1 == 1) {
            covered += 1 << level;
            places.push(Place { leaf: covered - 1, level });
        }
        places
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf. The hashes are those to keep with it: its own, and the root of each subtree that it completes.
    pub fn push(&mut self, leaf: Hash) -> Vec<Hash> {
        let (mut completed, mut hash) = (vec![leaf], leaf);
        for _level in 0..self.size.trailing_ones() {
            let left = self.edge.pop().expect("there is a subtree for each one in the size");
            hash = node_hash(left, hash);
            completed.push(hash);
        }
        self.edge.push(hash);
        self.size += 1;
        completed
    }

    pub fn root(&self) -> Hash {
        let edge = self.edge.iter().rev().copied();
        edge.reduce(|right, left| node_hash(left, right)).unwrap_or(EMPTY_HASH)
    }
}

/// What it takes to find the root of a tree, which may be an earlier one than that which is kept.
pub fn root_needs(size: u64) -> Vec<Place> {
    Tree::edge_of(size)
}

/// The root of a tree of that size. None where a hash is missing.
pub fn root(size: u64, kept: impl Fn(Place) -> Option<Hash>) -> Option<Hash> {
    tree_hash(size, &Kept(kept)).ok()
}

/// What it takes to prove that an entry is in a tree.
pub fn path_needs(size: u64, index: u64) -> Vec<Place> {
    let asked = Asked::default();
    // The proof is of no use: it is told what it asks for.
    let _ = prove_record(size, index, &asked);
    asked.0.into_inner()
}

/// The proof that a tree of that size holds that leaf: RFC 6962's audit path. None where a hash is missing.
pub fn path(size: u64, index: u64, kept: impl Fn(Place) -> Option<Hash>) -> Option<RecordProof> {
    prove_record(size, index, &Kept(kept)).ok()
}

/// What it takes to prove that a tree goes on from a smaller one.
pub fn consistency_needs(from: u64, to: u64) -> Vec<Place> {
    let asked = Asked::default();
    // As above.
    let _ = prove_tree(to, from, &asked);
    asked.0.into_inner()
}

/// The proof that a tree of `to` leaves begins with the one of `from`: RFC 6962's consistency proof. None where a hash is
/// missing, or there are no such trees: from an empty one everything goes on.
pub fn consistency(from: u64, to: u64, kept: impl Fn(Place) -> Option<Hash>) -> Option<TreeProof> {
    prove_tree(to, from, &Kept(kept)).ok()
}

struct Kept<F>(F);

impl<F: Fn(Place) -> Option<Hash>> HashReader for Kept<F> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        indexes.iter().map(|&index| (self.0)(place(index)).ok_or(Error::IndexesNotInTree)).collect()
    }
}

#[derive(Default)]
struct Asked(RefCell<Vec<Place>>);

impl HashReader for Asked {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        self.0.borrow_mut().extend(indexes.iter().map(|&index| place(index)));
        Ok(vec![Hash::default(); indexes.len()])
    }
}

fn place(stored: u64) -> Place {
    let (level, n) = split_stored_hash_index(stored);
    Place { leaf: ((n + 1) << level) - 1, level }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use tlog_tiles::{Hash, check_record, check_tree, record_hash};

    use super::{Place, Tree, consistency, consistency_needs, path, path_needs, root, root_needs};

    /// The leaves and the roots of RFC 6962's test vectors (certificate-transparency-go, `merkletree`).
    const LEAVES: [&[u8]; 4] = [b"", &[0x00], &[0x10], &[0x20, 0x21]];
    const ROOTS: [&str; 5] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ];

    fn hex(hash: Hash) -> String {
        hash.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// A tree of so many leaves, and what is kept of it.
    fn grown(size: u64) -> (Tree, HashMap<Place, Hash>) {
        let (mut tree, mut kept) = (Tree::default(), HashMap::new());
        for leaf in 0..size {
            let hashes = tree.push(record_hash(&leaf.to_be_bytes()));
            kept.extend((0..).zip(hashes).map(|(level, hash)| (Place { leaf, level }, hash)));
        }
        (tree, kept)
    }

    #[test]
    fn roots_are_those_of_rfc_6962() {
        let mut tree = Tree::default();
        let mut roots = vec![hex(tree.root())];
        for leaf in LEAVES {
            tree.push(record_hash(leaf));
            roots.push(hex(tree.root()));
        }
        assert_eq!(roots, ROOTS);
    }

    #[test]
    fn every_size_has_the_root_that_is_found_from_what_is_kept() {
        let (_, kept) = grown(300);
        for size in 0..=300 {
            let tree = grown(size).0;
            assert_eq!(root(size, |place| kept.get(&place).copied()), Some(tree.root()), "{size}");
            let edge = Tree::edge_of(size).iter().map(|place| kept[place]).collect();
            assert_eq!(Tree::resumed(size, edge).unwrap().root(), tree.root());
            assert!(root_needs(size).iter().all(|place| place.leaf < size));
        }
        assert!(Tree::resumed(3, vec![Hash::default()]).is_none());
        assert!(root(301, |place| kept.get(&place).copied()).is_none());
    }

    #[test]
    fn every_leaf_is_proven_in_every_tree_and_no_other_in_its_place() {
        let (_, kept) = grown(70);
        for size in 1..=70 {
            let whole = grown(size).0.root();
            for index in 0..size {
                let needs = path_needs(size, index);
                assert!(needs.len() <= 70 && needs.iter().all(|place| place.leaf < size));
                let proof = path(size, index, |place| needs.contains(&place).then(|| kept[&place])).unwrap();
                let leaf = |index: u64| record_hash(&index.to_be_bytes());
                assert!(check_record(&proof, size, whole, index, leaf(index)).is_ok());
                assert!(check_record(&proof, size, whole, index, leaf(index + 1)).is_err());
            }
            assert!(path(size, size, |place| kept.get(&place).copied()).is_none());
        }
    }

    #[test]
    fn every_tree_is_proven_to_go_on_from_every_smaller_one_and_from_no_other() {
        let (_, kept) = grown(70);
        let roots: Vec<Hash> = (0..=70).map(|size| grown(size).0.root()).collect();
        for to in 1..=70 {
            for from in 1..=to {
                let needs = consistency_needs(from, to);
                assert!(needs.iter().all(|place| place.leaf < to));
                let proof =
                    consistency(from, to, |place| needs.contains(&place).then(|| kept[&place])).unwrap();
                let (earlier, later) = (roots[from as usize], roots[to as usize]);
                assert!(check_tree(&proof, to, later, from, earlier).is_ok(), "{from} to {to}");
                assert!(
                    check_tree(&proof, to, later, from, record_hash(b"other")).is_err(),
                    "{from} to {to}"
                );
            }
            assert!(consistency(to + 1, to, |place| kept.get(&place).copied()).is_none());
        }
        assert!(consistency(0, 5, |place| kept.get(&place).copied()).is_none());
    }
}
