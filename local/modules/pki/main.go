// Command pki writes the certificates and keys of one local cluster into a folder: a certificate authority that
// nobody else trusts, and what it signs. They live as long as the cluster.
package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"flag"
	"log"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	folder := flag.String("folder", ".", "where to write")
	server := flag.String("server-names", "127.0.0.1,localhost", "names and addresses of the API server")
	node := flag.String("node-names", "", "names and addresses of the node; empty for a cluster without one")
	flag.Parse()

	w := writer{folder: *folder}
	w.authority()
	w.certificate("apiserver", pkix.Name{CommonName: "kube-apiserver"}, *server, x509.ExtKeyUsageServerAuth)
	w.keyPair("sa")
	if *node != "" {
		w.certificate("kubelet", pkix.Name{CommonName: "kubelet"}, *node, x509.ExtKeyUsageServerAuth)
		admin := pkix.Name{CommonName: "kube-apiserver", Organization: []string{"system:masters"}}
		w.certificate("kubelet-client", admin, "", x509.ExtKeyUsageClientAuth)
	}
}

type writer struct {
	folder string
	ca     *x509.Certificate
	caKey  crypto.Signer
}

func (w *writer) authority() {
	w.caKey = w.key("ca")
	w.ca = template(pkix.Name{CommonName: "tronador-local"})
	w.ca.IsCA = true
	w.ca.BasicConstraintsValid = true
	w.ca.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	w.sign("ca", w.ca, w.caKey)
}

// certificate writes NAME.crt and NAME.key; names is a list of DNS names and IP addresses.
func (w *writer) certificate(name string, subject pkix.Name, names string, usage x509.ExtKeyUsage) {
	certificate := template(subject)
	certificate.KeyUsage = x509.KeyUsageDigitalSignature
	certificate.ExtKeyUsage = []x509.ExtKeyUsage{usage}
	for _, text := range strings.Split(names, ",") {
		if address := net.ParseIP(text); address != nil {
			certificate.IPAddresses = append(certificate.IPAddresses, address)
		} else if text != "" {
			certificate.DNSNames = append(certificate.DNSNames, text)
		}
	}
	w.sign(name, certificate, w.key(name))
}

// keyPair writes NAME.key and its public half, NAME.pub.
func (w *writer) keyPair(name string) {
	public, err := x509.MarshalPKIXPublicKey(w.key(name).Public())
	must(err)
	w.write(name+".pub", "PUBLIC KEY", public)
}

func (w *writer) sign(name string, certificate *x509.Certificate, key crypto.Signer) {
	der, err := x509.CreateCertificate(rand.Reader, certificate, w.ca, key.Public(), w.caKey)
	must(err)
	w.write(name+".crt", "CERTIFICATE", der)
}

func (w *writer) key(name string) crypto.Signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	der, err := x509.MarshalECPrivateKey(key)
	must(err)
	w.write(name+".key", "EC PRIVATE KEY", der)
	return key
}

func (w *writer) write(file, kind string, der []byte) {
	content := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	must(os.WriteFile(filepath.Join(w.folder, file), content, 0o600))
}

func template(subject pkix.Name) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	must(err)
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      subject,
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.AddDate(1, 0, 0),
	}
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
