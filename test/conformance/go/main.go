// Verifies a ledger in the layout of https://c2sp.org/tlog-tiles with Go's own checksum-database packages, which know
// nothing of sluice: the signature, every entry, the proof of every 37th entry from the tiles, the consistency with an
// older checkpoint, and a receipt (https://c2sp.org/tlog-proof).
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func main() {
	if len(os.Args) != 5 {
		fail("usage: verify DIR VKEY-FILE OLDER-CHECKPOINT RECEIPT")
	}
	dir, vkey := os.Args[1], strings.TrimSpace(string(read(os.Args[2])))
	verifier, err := note.NewVerifier(vkey)
	check("the key", err)
	known := note.VerifierList(verifier)

	tree := checkpoint(read(filepath.Join(dir, "checkpoint")), known)
	every := entries(dir, tree)
	tiles := tlog.TileHashReader(tree, folder(dir))
	proofs := 0
	for index := int64(0); index < tree.N; index += 37 {
		proof, err := tlog.ProveRecord(tree.N, index, tiles)
		check(fmt.Sprintf("the proof of entry %d", index), err)
		check(fmt.Sprintf("entry %d", index), tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(every[index])))
		proofs++
	}

	older := checkpoint(read(os.Args[3]), known)
	extension, err := tlog.ProveTree(tree.N, older.N, tiles)
	check("the consistency proof", err)
	check("the extension of the older checkpoint", tlog.CheckTree(extension, tree.N, tree.Hash, older.N, older.Hash))

	index, bytes := receipt(read(os.Args[4]), known)
	fmt.Printf("{\"size\":%d,\"proofs\":%d,\"older\":%d,\"receipt\":%d,\"receiptBytes\":%d}\n", tree.N, proofs, older.N, index, len(bytes))
}

// checkpoint opens a note that the ledger has signed. https://c2sp.org/tlog-checkpoint
func checkpoint(text []byte, known note.Verifiers) tlog.Tree {
	opened, err := note.Open(text, known)
	check("a checkpoint", err)
	lines := strings.SplitN(opened.Text, "\n", 4)
	if len(lines) < 4 || lines[0] != opened.Sigs[0].Name {
		fail("a checkpoint is of " + lines[0] + ", signed by " + opened.Sigs[0].Name)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check("a checkpoint's size", err)
	root, err := tlog.ParseHash(lines[2])
	check("a checkpoint's root", err)
	return tlog.Tree{N: size, Hash: root}
}

// entries reads every bundle, and hashes the whole tree anew.
func entries(dir string, tree tlog.Tree) [][]byte {
	var every [][]byte
	var stored hashes
	for n := int64(0); n<<height < tree.N; n++ {
		width := tree.N - n<<height
		if width > 1<<height {
			width = 1 << height
		}
		bundle := read(filepath.Join(dir, "tile", "entries", place(n, width)))
		for len(bundle) > 0 {
			length := int(binary.BigEndian.Uint16(bundle))
			entry := bundle[2 : 2+length]
			bundle = bundle[2+length:]
			more, err := tlog.StoredHashes(int64(len(every)), entry, stored)
			check("an entry's hashes", err)
			stored = append(stored, more...)
			every = append(every, entry)
		}
	}
	root, err := tlog.TreeHash(tree.N, stored)
	check("the root", err)
	if root != tree.Hash || int64(len(every)) != tree.N {
		fail(fmt.Sprintf("%d entries hash to %v, the checkpoint of %d says %v", len(every), root, tree.N, tree.Hash))
	}
	return every
}

func receipt(text []byte, known note.Verifiers) (int64, []byte) {
	split := bytes.Index(text, []byte("\n\n"))
	lines := strings.Split(string(text[:split]), "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "extra ") || !strings.HasPrefix(lines[2], "index ") {
		fail("the receipt is no tlog-proof")
	}
	entry, err := base64.StdEncoding.DecodeString(lines[1][len("extra "):])
	check("the receipt's entry", err)
	index, err := strconv.ParseInt(lines[2][len("index "):], 10, 64)
	check("the receipt's index", err)
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		check("a hash of the receipt", err)
		proof = append(proof, hash)
	}
	tree := checkpoint(text[split+2:], known)
	check("the receipt", tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)))
	return index, text
}

type hashes []tlog.Hash

func (stored hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, index := range indexes {
		found = append(found, stored[index])
	}
	return found, nil
}

// folder reads tiles; Go verifies each against the tree before it uses it.
type folder string

func (folder) Height() int { return height }

func (dir folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range tiles {
		content, err := os.ReadFile(filepath.Join(string(dir), "tile", strconv.Itoa(tile.L), place(tile.N, int64(tile.W))))
		if err != nil {
			return nil, err
		}
		found = append(found, content)
	}
	return found, nil
}

func (folder) SaveTiles([]tlog.Tile, [][]byte) {}

func place(n, width int64) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	if width < 1<<height {
		path += fmt.Sprintf(".p/%d", width)
	}
	return path
}

func read(path string) []byte {
	content, err := os.ReadFile(path)
	check("a file", err)
	return content
}

func check(what string, err error) {
	if err != nil {
		fail(what + ": " + err.Error())
	}
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(1)
}
