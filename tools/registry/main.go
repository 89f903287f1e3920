// registry is distribution's own registry with the file system as its only storage: the drivers for clouds, which
// nobody needs on one machine, take four times as long to compile as all the rest.
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
