# Tells whether the application under $app is up to date; sourced by ./coppice. Uses $home, $app, $state and $jdk.

# Prints the application's sources that are newer than its build. bench is not part of it.
changed_sources() {
    set -- "$home/pom.xml" "$home/build/Notice.java" "$home/build/licences.txt"
    for module in ir prune runtime train pipeline cli; do
        set -- "$@" "$home/$module/src/main" "$home/$module/pom.xml"
    done
    find "$@" -newer "$state/built"
}

# Succeeds when the jar stands and no source changed since its build began. The find costs about 3 ms.
is_built() {
    [ -f "$app/coppice.jar" ] || return 1
    [ "${COPPICE_REBUILD-}" = never ] && return 0
    [ -f "$state/built" ] && [ -z "$(changed_sources)" ]
}

# Succeeds when the start was recorded for this JDK, these JVM options and these jars; state/trained names the JDK.
is_trained() {
    [ -r "$state/trained" ] || return 1
    read -r trained_jdk <"$state/trained"
    [ "$trained_jdk" = "$jdk" ] && [ ! "$jdk/release" -nt "$state/trained" ] || return 1
    for part in "$home/coppice" "$app/coppice.jar" "$app"/lib/coppice-*.jar; do
        [ ! "$part" -nt "$state/trained" ] || return 1
    done
}

is_fresh() {
    is_built && is_trained
}
