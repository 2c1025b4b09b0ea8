// The certificates of one local cluster.
module tronador.stakater.com/local/pki

go 1.26
