# Finds a JDK 25; sourced by ./coppice and ./check. POSIX sh, starts no process but readlink.
#
#   find_jdk    sets $jdk to the home of a JDK 25, or returns 1

# Succeeds when $1 is the home of a JDK 25. Reads its "release" file: starting java would cost 40 ms a candidate.
is_jdk25() {
    [ -n "$1" ] && [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
    while IFS= read -r release_line; do
        case $release_line in
            JAVA_VERSION=\"25\" | JAVA_VERSION=\"25[.+-]*) return 0 ;;
        esac
    done <"$1/release"
    return 1
}

# Succeeds when $1 is a JDK 25, and keeps it.
try_jdk() {
    is_jdk25 "$1" && jdk=$1
}

# Prints the file that the link $1 names in the end.
follow() {
    file=$1
    while [ -h "$file" ]; do
        link=$(readlink "$file")
        case $link in
            /*) file=$link ;;
            *) file=${file%/*}/$link ;;
        esac
    done
    printf '%s\n' "$file"
}

# Succeeds when the java of PATH belongs to a JDK 25: .../bin/java, mostly behind links.
try_path() {
    on_path=$(command -v java) || return 1
    on_path=$(follow "$on_path")
    try_jdk "${on_path%/bin/java}"
}

find_jdk() {
    try_jdk "${COPPICE_JAVA_HOME-}" && return
    if [ -n "${COPPICE_JAVA_HOME-}" ]; then
        printf 'coppice: COPPICE_JAVA_HOME=%s is not a JDK 25\n' "$COPPICE_JAVA_HOME" >&2
        return 1
    fi
    try_jdk "${JAVA_HOME-}" && return
    try_path && return
    for candidate in \
        /usr/lib/jvm/* /usr/java/* /usr/local/java/* /opt/* /opt/*/* \
        "${HOME-}"/.sdkman/candidates/java/* "${HOME-}"/.jdks/* "${HOME-}"/.jenv/versions/* \
        "${HOME-}"/.asdf/installs/java/* "${HOME-}"/.local/share/mise/installs/java/* \
        /Library/Java/JavaVirtualMachines/*/Contents/Home \
        "${HOME-}"/Library/Java/JavaVirtualMachines/*/Contents/Home \
        /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
        /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
        try_jdk "$candidate" && return
    done
    printf '%s\n' 'coppice: no JDK 25 found: install one, or let COPPICE_JAVA_HOME name its home' >&2
    return 1
}
