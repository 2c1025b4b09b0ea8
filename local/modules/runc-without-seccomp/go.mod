// Stands in for runc where it had to be built without libseccomp.
module tronador.stakater.com/local/runc-without-seccomp

go 1.26
