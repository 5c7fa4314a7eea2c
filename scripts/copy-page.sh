#!/bin/sh
# copy-page.sh DIST - puts the files that reports are made of beside what tsc has made: they are used as they are.
set -eu
cd "$(dirname "$0")/../src/report/html/page"
mkdir -p "$1/report/html/page"
cp ./*.js page.html page.css "$1/report/html/page/"
