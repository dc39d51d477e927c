# Sums Surefire's reports; sourced by ./check and .ci/run, which stand in the repository's root.

# Prints "TESTS FAILURES SKIPPED" over all modules; errors count as failures.
sum_reports() {
    find -- */target/surefire-reports -name 'TEST-*.xml' -exec grep -h -m 1 '<testsuite ' {} + | awk '
        function value(name) {
            return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3) + 0 : 0
        }
        { tests += value("tests"); failed += value("failures") + value("errors"); skipped += value("skipped") }
        END { print tests + 0, failed + 0, skipped + 0 }'
}

# Prints the names of skipped tests and why.
list_skipped() {
    find -- */target/surefire-reports -name 'TEST-*.xml' -exec awk '
        function attribute(name) {
            return match($0, " " name "=\"[^\"]*\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : ""
        }
        /<testcase / { test = attribute("classname") "." attribute("name") }
        /<skipped/   { why = $0; sub(/.*<skipped[^>]*>(<!\[CDATA\[)?/, "", why); print "skipped: " test ": " why }
        ' {} +
}
