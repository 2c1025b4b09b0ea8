module tronador.stakater.com/local/shop

go 1.26
