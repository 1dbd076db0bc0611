package slicer_test

import "flag"

var update = flag.Bool("update", false, "rewrite the wanted output of the scenarios in testdata")
