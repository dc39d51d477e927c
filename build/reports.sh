# Sums Surefire's reports; sourced by ./check and .ci/run, which stand in the repository's root.

# Prints "TESTS FAILURES SKIPPED" over all modules; errors count as failures.
sum_reports() {
    find . -path '*/target/surefire-reports/TEST-*.xml' -exec grep -h -m 1 '<testsuite ' {} + | awk '
        function value(name) {
            return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3) + 0 : 0
        }
        { tests += value("tests"); failed += value("failures") + value("errors"); skipped += value("skipped") }
        END { print tests + 0, failed + 0, skipped + 0 }'
}

# Prints the names of skipped tests and why.
list_skipped() {
    find . -path '*/target/surefire-reports/TEST-*.xml' -exec awk '
        /<testcase / { name = $0; sub(/.*<testcase name="/, "", name); sub(/".*/, "", name)
                       type = $0; sub(/.*classname="/, "", type); sub(/".*/, "", type) }
        /<skipped/   { why = $0; sub(/.*message="/, "", why); sub(/".*/, "", why); print "skipped: " type "." name ": " why }
        ' {} +
}
