#!/bin/bash
# Writes the current public surface of the library to PublicAPI.Unshipped.txt, except for the members in PublicAPI.Shipped.txt.
cd "$(dirname "$0")/../src/Microsoft.ML.TargetProp" || exit 1
echo '#nullable enable' > PublicAPI.Unshipped.txt
dotnet build -c Release --no-incremental 2>&1 | sed -n "s/.*error RS0016: Symbol '\(.*\)' is not part of the declared public API.*/\1/p" | LC_ALL=C sort -u > PublicAPI.New.txt
cat PublicAPI.New.txt >> PublicAPI.Unshipped.txt
rm PublicAPI.New.txt
