// Command registry is the CNCF Distribution registry with its filesystem driver alone: the cloud drivers of
// the stock command cost four times the compile time and are of no use on one machine.
package main

import (
	"os"

	"github.com/distribution/distribution/v3/registry"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
)

func main() {
	if err := registry.RootCmd.Execute(); err != nil {
		os.Exit(1)
	}
}
