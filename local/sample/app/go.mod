module tronador.stakater.com/local/sample

go 1.24
