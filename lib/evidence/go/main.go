// Checks evidence packs with the Go implementation of the same formats (signed notes, transparency log proofs, DSSE),
// which shares no line with ours. Prints one JSON line for each pack.
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type envelope struct {
	Payload     string `json:"payload"`
	PayloadType string `json:"payloadType"`
	Signatures  []struct {
		Sig string `json:"sig"`
	} `json:"signatures"`
}

type statement struct {
	Predicate struct {
		Checkpoint string `json:"checkpoint"`
		Entries    []struct {
			Entry string `json:"entry"`
			Proof string `json:"proof"`
		} `json:"entries"`
	} `json:"predicate"`
}

type answer struct {
	OK      bool   `json:"ok"`
	Why     string `json:"why,omitempty"`
	Origin  string `json:"origin,omitempty"`
	Size    int64  `json:"size,omitempty"`
	Root    string `json:"root,omitempty"`
	Entries int    `json:"entries,omitempty"`
}

func check(text []byte, verifier note.Verifier) (answer, error) {
	var e envelope
	if err := json.Unmarshal(text, &e); err != nil {
		return answer{}, err
	}
	body, err := base64.StdEncoding.Strict().DecodeString(e.Payload)
	if err != nil {
		return answer{}, err
	}
	if len(e.Signatures) != 1 {
		return answer{}, fmt.Errorf("%d signatures", len(e.Signatures))
	}
	sig, err := base64.StdEncoding.Strict().DecodeString(e.Signatures[0].Sig)
	if err != nil {
		return answer{}, err
	}
	signed := fmt.Sprintf("DSSEv1 %d %s %d %s", len(e.PayloadType), e.PayloadType, len(body), body)
	if !verifier.Verify([]byte(signed), sig) {
		return answer{}, fmt.Errorf("the signature does not fit")
	}
	var s statement
	if err := json.Unmarshal(body, &s); err != nil {
		return answer{}, err
	}
	opened, err := note.Open([]byte(s.Predicate.Checkpoint), note.VerifierList(verifier))
	if err != nil {
		return answer{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return answer{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return answer{}, err
	}
	for _, entry := range s.Predicate.Entries {
		proofLines := strings.Split(entry.Proof, "\n")
		index, err := strconv.ParseInt(strings.TrimPrefix(proofLines[1], "index "), 10, 64)
		if err != nil || proofLines[0] != "c2sp.org/tlog-proof@v1" {
			return answer{}, fmt.Errorf("no tlog-proof: %q", entry.Proof)
		}
		var proof tlog.RecordProof
		for _, line := range proofLines[2 : len(proofLines)-2] {
			hash, err := tlog.ParseHash(line)
			if err != nil {
				return answer{}, err
			}
			proof = append(proof, hash)
		}
		if err := tlog.CheckRecord(proof, size, root, index, tlog.RecordHash([]byte(entry.Entry))); err != nil {
			return answer{}, fmt.Errorf("entry %d: %w", index, err)
		}
	}
	return answer{OK: true, Origin: lines[0], Size: size, Root: root.String(), Entries: len(s.Predicate.Entries)}, nil
}

func main() {
	vkey, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(vkey)))
	if err != nil {
		panic(err)
	}
	for _, path := range os.Args[2:] {
		text, err := os.ReadFile(path)
		if err != nil {
			panic(err)
		}
		found, err := check(text, verifier)
		if err != nil {
			found.Why = err.Error()
		}
		line, _ := json.Marshal(found)
		fmt.Println(string(line))
	}
}
